#include "train/export_model.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/config.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/system.h"
#include "flow/options.h"
#include "layout_gen/layout_options.h"
#include "nn/weights.h"
#include "ops/token_columns.h"
#include "texture_gen/texture_options.h"
#include "tokenizer/config.h"
#include "train/checkpoint.h"
#include "train/model_card.h"
#include "train/tokenizer_hash.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

// What config.yaml of a model folder holds.
struct ModelConfig {
  std::optional<TokenizerOptions> tokenizer;
  std::optional<LayoutOptions> layout;
  std::optional<TextureOptions> texture;
  std::optional<SamplingOptions> sampling;

  void visit(FieldVisitor& v) {
    if (tokenizer) group(v, "tokenizer", "the tokenizer", *tokenizer);
    if (layout) group(v, "layout", "the layout generator", *layout);
    if (texture) group(v, "texture", "the texture generator", *texture);
    if (sampling) group(v, "sampling", "how pictures are sampled", *sampling);
  }

  // Takes over the sections that `config` has.
  void take(const Config& config) {
    if (config.has("tokenizer") || config.has("model.gpsconfig")) {
      tokenizer = read_tokenizer_options(config);
    }
    if (config.has("layout")) layout = read_layout_options(config);
    if (config.has("texture")) texture = read_texture_options(config);
    take_sampling(config);
  }

  void take_sampling(const Config& config) {
    if (!config.has("sampling")) return;
    sampling.emplace();
    config.read("sampling", *sampling);
    sampling->check();
  }
};

struct Run {
  ExportedPart part;
  Checkpoint checkpoint;
  nlohmann::json state;
  Config config;
};

Run open_run(const fs::path& folder) {
  Run run{{}, open_checkpoint(folder), {}, {}};
  run.state = nlohmann::json::parse(run.checkpoint.state_json);
  run.part = {run.state.value("stage", ""), folder, run.checkpoint.step};
  constexpr std::array<std::string_view, 3> kStages = {"tokenizer", "layout", "texture"};
  if (std::ranges::find(kStages, run.part.stage) == kStages.end()) {
    throw InputError(fmt::format("{}/state.json: stage '{}' is not part of a model folder",
                                 run.checkpoint.folder.string(), run.part.stage));
  }
  run.config = Config::from_yaml_text(run.state.value("config", ""),
                                      (run.checkpoint.folder / "state.json").string());
  return run;
}

// Weights of the average as `dtype`; other types than floats stay.
void write_part(const Run& run, const ExportOptions& options, const fs::path& folder) {
  const SafetensorsFile file = SafetensorsFile::open(run.checkpoint.ema().string());
  NamedTensors tensors;
  for (const TensorView& view : file.tensors()) {
    const at::Tensor tensor = to_tensor(view);
    tensors.emplace_back(
        view.name, tensor.is_floating_point() ? tensor.to(scalar_type_of(options.dtype)) : tensor);
  }
  const Metadata metadata = {{"stage", run.part.stage},
                             {"step", std::to_string(run.part.step)},
                             {"record", run.state.value("record", nlohmann::json()).dump()},
                             {"code_version", code_version()}};
  save_tensors((folder / (run.part.stage + ".safetensors")).string(), tensors, metadata);
}

// Statistics that are missing or belong to other nets would ruin samples silently.
void check(const ModelConfig& config) {
  if (config.layout) config.layout->check_for_sampling();
  if (config.texture) config.texture->check_for_sampling();
  if (!config.tokenizer || !config.texture) return;
  const int64_t read = kGeometry + config.tokenizer->gps.gps_c;
  const int64_t made = config.texture->model.resolved().in_channels;
  if (made != read) {
    throw ConfigError(fmt::format(
        "the texture model makes tokens of {} channels, the tokenizer reads {}: they do not belong "
        "together",
        made, read));
  }
}

void warn_of_foreign_tokens(const Run& texture, const ModelConfig& config, const fs::path& folder,
                            Log& log) {
  const fs::path weights = folder / "tokenizer.safetensors";
  const nlohmann::json record = texture.state.value("record", nlohmann::json::object());
  const std::string trained_on = record.value("tokenizer_hash", "");
  if (!config.tokenizer || !path_exists(weights.string()) || trained_on.empty()) return;
  if (tokenizer_hash(*config.tokenizer, weights) == trained_on) return;
  log.warn(fmt::format(
      "{}: trained on tokens of another tokenizer than {}; unless that is the same training "
      "exported anew, extract again and train the texture model on it",
      texture.part.run.string(), weights.string()));
}

std::vector<Run> open_runs(const std::vector<fs::path>& paths) {
  std::vector<Run> runs;
  for (const fs::path& path : paths) {
    Run run = open_run(path);
    for (const Run& other : runs) {
      if (other.part.stage != run.part.stage) continue;
      throw InputError(fmt::format("{} and {} are both runs of the {}: name one",
                                   other.part.run.string(), path.string(), run.part.stage));
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

// The table to put into the folder: the one named, else the one a run took from its tokens.
std::string class_table(const ExportOptions& options, const std::vector<Run>& runs) {
  if (!options.classes.empty()) return options.classes;
  for (const Run& run : runs) {
    const fs::path folder = run.checkpoint.folder.parent_path().parent_path();
    if (path_exists((folder / "classes.tsv").string())) return (folder / "classes.tsv").string();
  }
  return "";
}

}  // namespace

std::vector<ExportedPart> export_model(const std::vector<fs::path>& runs,
                                       const ExportOptions& options, const fs::path& folder,
                                       Log& log) {
  const std::vector<Run> opened = open_runs(runs);
  ModelConfig config;
  const std::string config_path = (folder / "config.yaml").string();
  if (path_exists(config_path)) config.take(Config::from_yaml_file(config_path));
  for (const Run& run : opened) config.take(run.config);
  if (!options.sampling_config.empty()) {
    config.take_sampling(Config::from_yaml_file(options.sampling_config));
  }
  check(config);

  create_directories(folder.string());
  std::vector<ExportedPart> parts;
  for (const Run& run : opened) {
    write_part(run, options, folder);
    log.info(
        fmt::format("{}: step {} of {}", run.part.stage, run.part.step, run.part.run.string()));
    parts.push_back(run.part);
  }
  write_file_atomic(config_path, to_yaml(config));
  if (const std::string classes = class_table(options, opened); !classes.empty()) {
    write_file_atomic((folder / "classes.tsv").string(), read_file(classes));
  }
  const std::string card = (folder / "README.md").string();
  const bool is_kept = path_exists(card) && options.note.empty();
  write_file_atomic(card, is_kept ? updated_model_card(read_file(card), folder)
                                  : model_card(folder, options.note));
  for (const Run& run : opened) {
    if (run.part.stage == "texture") warn_of_foreign_tokens(run, config, folder, log);
  }
  return parts;
}

}  // namespace gpst
