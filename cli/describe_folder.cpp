#include "cli/describe_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cli/describe_safetensors.h"
#include "sampler/class_list.h"
#include "tokenizer/config.h"

namespace gpst {
namespace {

using json = nlohmann::ordered_json;
namespace fs = std::filesystem;

bool has(const fs::path& folder, const char* name) { return path_exists((folder / name).string()); }

json parse_json_file(const fs::path& path) {
  json parsed = json::parse(read_file(path.string()), nullptr, false);
  if (parsed.is_discarded()) {
    throw InputError(fmt::format("{}: expected JSON, found something else", path.string()));
  }
  return parsed;
}

// Weights in a folder: tensors and values, not their list.
json weights_in(const fs::path& folder, std::initializer_list<const char*> names) {
  json result = json::object();
  for (const char* name : names) {
    if (!has(folder, name)) continue;
    json facts = describe_safetensors((folder / name).string());
    facts.erase("tensors");
    facts.erase("format");
    facts.erase("kind");
    result[name] = std::move(facts);
  }
  return result;
}

json describe_model(const fs::path& folder) {
  const Config config = Config::from_yaml_file((folder / "config.yaml").string());
  json result = {{"kind", "model folder"}};
  if (config.has("tokenizer") || config.has("model") || config.has("gpstoken")) {
    const TokenizerOptions options = read_tokenizer_options(config);
    result["tile"] = options.tile_side();
    result["tokens_per_tile"] = options.gps.gps_num;
    result["features"] = options.gps.gps_c;
  }
  if (has(folder, "classes.tsv")) {
    result["classes"] = ClassTable::from_file((folder / "classes.tsv").string()).size();
  }
  result["can_sample"] = has(folder, "texture.safetensors");
  result["weights"] =
      weights_in(folder, {"tokenizer.safetensors", "layout.safetensors", "texture.safetensors"});
  return result;
}

json describe_checkpoint(const fs::path& folder) {
  json result = {{"kind", "checkpoint"}, {"state", parse_json_file(folder / "state.json")}};
  result["weights"] =
      weights_in(folder, {"model.safetensors", "ema.safetensors", "optimizer.safetensors"});
  return result;
}

json describe_shards(const fs::path& folder) {
  return {{"kind", "token shards"}, {"index", parse_json_file(folder / "index.json")}};
}

json describe_run(const fs::path& folder) {
  json names = json::array();
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "checkpoints")) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return {{"kind", "training run"}, {"checkpoints", std::move(names)}};
}

}  // namespace

json describe_folder(const std::string& path) {
  const fs::path folder = path;
  if (has(folder, "state.json") && has(folder, "model.safetensors")) {
    return describe_checkpoint(folder);
  }
  if (has(folder, "index.json")) return describe_shards(folder);
  if (is_directory((folder / "checkpoints").string())) return describe_run(folder);
  if (has(folder, "config.yaml")) return describe_model(folder);
  throw InputError(fmt::format(
      "{}: expected a model folder (config.yaml), a checkpoint (state.json), a training run "
      "(checkpoints/) or token shards (index.json); found none of these files in it",
      path));
}

}  // namespace gpst
