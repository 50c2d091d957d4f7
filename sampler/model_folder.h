#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "sampler/class_list.h"

namespace gpst {

// Which model a tokenizer comes from, as a user says it.
struct TokenizerFiles {
  std::string model = {};      // folder or bare name
  std::string tokenizer = {};  // weights, instead of the folder's

  void visit(FieldVisitor& visitor);
};

// The same for everything a sampler needs.
struct ModelFiles {
  TokenizerFiles tokenizer = {};
  std::string layout = {};           // weights of the layout generator
  std::string texture = {};          // weights of the texture generator
  std::string layouts = "generate";  // or a layout store

  void visit(FieldVisitor& visitor);
};

// The parts of a model: config.yaml, tokenizer.safetensors, layout.safetensors,
// texture.safetensors, classes.tsv of a model folder, each replaced by what was named one by one.
// Opening reads the configuration only; weights are named, not read.
class ModelFolder {
 public:
  // `call` is the configuration of the call: --config (in any of the published shapes), --set and
  // the environment; it lies over the folder's config.yaml. `has_config_file` says that it holds a
  // --config file, which may then replace the folder altogether.
  // Without a folder and without single files the default model is taken.
  // UsageError: weights without a configuration or the reverse. IoError: absent folder or file.
  enum class ConfigFile { absent, given };
  static ModelFolder open(const ModelFiles& files, const Config& call, ConfigFile config_file);
  static ModelFolder open(const TokenizerFiles& files, const Config& call, ConfigFile config_file);

  const Config& config() const { return config_; }
  // Empty when every part was given one by one.
  const std::filesystem::path& folder() const { return folder_; }
  // For messages and reports: the folder, or the tokenizer's weights file.
  std::string name() const;

  // The same model with one setting more, above all others.
  ModelFolder with_setting(std::string_view key, std::string_view value) const;
  // The weights that stand in the folder itself.
  std::vector<std::filesystem::path> own_weights() const;

  // IoError that says which option names the file when it is absent.
  std::filesystem::path tokenizer_weights() const;
  std::filesystem::path layout_weights() const;
  std::filesystem::path texture_weights() const;
  // The layout store to take layouts from; none: they are generated.
  std::optional<std::filesystem::path> layout_store() const;
  // The folder's classes.tsv; without one, numbers 0..num_classes-1 only.
  ClassTable classes(int64_t num_classes) const;

 private:
  ModelFolder(ModelFiles files, std::filesystem::path folder, Config config);
  std::filesystem::path part(const std::string& given, const char* name, const char* option) const;

  ModelFiles files_;
  std::filesystem::path folder_;
  Config config_;
};

}  // namespace gpst
