#include "sampler/model_folder.h"

#include <fmt/format.h>

#include "base/error.h"
#include "sampler/model_search.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTokenizerWeights = "tokenizer.safetensors";
constexpr const char* kLayoutWeights = "layout.safetensors";
constexpr const char* kTextureWeights = "texture.safetensors";

// The folder the call names or falls back to; empty when the call brings its own files.
fs::path folder_of(const TokenizerFiles& files, ModelFolder::ConfigFile config_file) {
  const bool has_config = config_file == ModelFolder::ConfigFile::given;
  if (!files.model.empty()) return find_model(files.model);
  if (files.tokenizer.empty()) return has_config ? fs::path() : find_model(kDefaultModel);
  if (!has_config) {
    throw UsageError(fmt::format(
        "--tokenizer {} needs the YAML that describes it: add --config FILE, or give --model a "
        "model folder instead",
        files.tokenizer));
  }
  return {};
}

}  // namespace

void TokenizerFiles::visit(FieldVisitor& visitor) {
  visitor.field({.name = "model", .help = "model folder, or a name looked for in models/"}, model);
  visitor.field({.name = "tokenizer", .help = "tokenizer weights (safetensors), with --config"},
                tokenizer);
}

void ModelFiles::visit(FieldVisitor& visitor) {
  tokenizer.visit(visitor);
  visitor.field({.name = "layout", .help = "layout generator weights, instead of the model's"},
                layout);
  visitor.field({.name = "texture", .help = "texture generator weights, instead of the model's"},
                texture);
  visitor.field({.name = "layouts", .help = "where layouts come from: generate, or a layout store"},
                layouts);
}

ModelFolder::ModelFolder(ModelFiles files, fs::path folder, Config config)
    : files_(std::move(files)), folder_(std::move(folder)), config_(std::move(config)) {}

ModelFolder ModelFolder::open(const ModelFiles& files, const Config& call, ConfigFile config_file) {
  fs::path folder = folder_of(files.tokenizer, config_file);
  Config config;
  if (!folder.empty()) config = Config::from_yaml_file((folder / "config.yaml").string());
  config.merge_under("", call);
  config.apply_environment();
  return ModelFolder(files, std::move(folder), std::move(config));
}

ModelFolder ModelFolder::open(const TokenizerFiles& files, const Config& call,
                              ConfigFile config_file) {
  return open(ModelFiles{.tokenizer = files}, call, config_file);
}

std::string ModelFolder::name() const {
  return folder_.empty() ? files_.tokenizer.tokenizer : folder_.string();
}

ModelFolder ModelFolder::with_setting(std::string_view key, std::string_view value) const {
  ModelFolder changed = *this;
  changed.config_.set(key, value, "this program");
  return changed;
}

std::vector<fs::path> ModelFolder::own_weights() const {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const char* name : {kTokenizerWeights, kLayoutWeights, kTextureWeights}) {
    if (!folder_.empty() && fs::exists(folder_ / name, ignored)) paths.push_back(folder_ / name);
  }
  return paths;
}

fs::path ModelFolder::part(const std::string& given, const char* name, const char* option) const {
  std::error_code ignored;
  if (!given.empty()) {
    if (fs::is_directory(given, ignored)) {
      throw UsageError(fmt::format(
          "--{} {}: expected a weights file, found a folder; a model folder is given with --model",
          option, given));
    }
    return given;
  }
  if (folder_.empty()) {
    throw UsageError(fmt::format("no {} weights: add --{} FILE, or --model with a model folder",
                                 option, option));
  }
  const fs::path path = folder_ / name;
  if (!fs::exists(path, ignored)) {
    throw IoError(fmt::format("model folder {} has no {}; name the file with --{}",
                              folder_.string(), name, option));
  }
  return path;
}

fs::path ModelFolder::tokenizer_weights() const {
  return part(files_.tokenizer.tokenizer, kTokenizerWeights, "tokenizer");
}
fs::path ModelFolder::layout_weights() const {
  return part(files_.layout, kLayoutWeights, "layout");
}
fs::path ModelFolder::texture_weights() const {
  return part(files_.texture, kTextureWeights, "texture");
}

std::optional<fs::path> ModelFolder::layout_store() const {
  if (files_.layouts.empty() || files_.layouts == "generate") return std::nullopt;
  return fs::path(files_.layouts);
}

ClassTable ModelFolder::classes(int64_t num_classes) const {
  const fs::path path = folder_ / "classes.tsv";
  std::error_code ignored;
  if (folder_.empty() || !fs::exists(path, ignored)) return ClassTable::unnamed(num_classes);
  ClassTable table = ClassTable::from_file(path);
  if (table.size() != num_classes) {
    throw ConfigError(fmt::format("{}: {} classes, but the model was made for {}", path.string(),
                                  table.size(), num_classes));
  }
  return table;
}

}  // namespace gpst
