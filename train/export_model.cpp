#include "train/export_model.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

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
#include "texture_gen/texture_options.h"
#include "tokenizer/config.h"
#include "train/checkpoint.h"

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
    if (config.has("sampling")) {
      sampling.emplace();
      config.read("sampling", *sampling);
      sampling->check();
    }
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

int64_t parameters_of(const fs::path& weights) {
  int64_t count = 0;
  const SafetensorsFile file = SafetensorsFile::open(weights.string());
  for (const TensorView& view : file.tensors()) count += view.elements();
  return count;
}

std::string model_card(const fs::path& folder, const ExportOptions& options) {
  std::string parts;
  for (const char* stage : {"tokenizer", "layout", "texture"}) {
    const fs::path weights = folder / (std::string(stage) + ".safetensors");
    if (!path_exists(weights.string())) continue;
    const auto metadata = SafetensorsFile::open(weights.string()).metadata();
    const auto step = metadata.find("step");
    parts += fmt::format("| {} | {:.2f} M | {} |\n", stage,
                         static_cast<double>(parameters_of(weights)) / 1e6,
                         step == metadata.end() ? "?" : step->second);
  }
  return fmt::format(
      "# {}\n\nA GPSToken model, made by `gpstoken export`.\n\n{}{}| part | parameters | training "
      "steps |\n|---|---|---|\n{}\nWeights are the moving average of training. Settings stand in "
      "`config.yaml`.\n\n    gpstoken sample --model {} --all-classes --grid -o out/\n",
      fs::absolute(folder).lexically_normal().filename().string(), options.note,
      options.note.empty() ? "" : "\n\n", parts, folder.filename().string());
}

}  // namespace

std::vector<ExportedPart> export_model(const std::vector<fs::path>& runs,
                                       const ExportOptions& options, const fs::path& folder,
                                       Log& log) {
  std::vector<Run> opened;
  for (const fs::path& path : runs) {
    opened.push_back(open_run(path));
    for (size_t i = 0; i + 1 < opened.size(); ++i) {
      if (opened[i].part.stage == opened.back().part.stage) {
        throw InputError(fmt::format("{} and {} are both runs of the {}: name one",
                                     opened[i].part.run.string(), path.string(),
                                     opened[i].part.stage));
      }
    }
  }
  ModelConfig config;
  const std::string config_path = (folder / "config.yaml").string();
  if (path_exists(config_path)) config.take(Config::from_yaml_file(config_path));
  for (const Run& run : opened) config.take(run.config);
  if (!options.sampling_config.empty()) {
    config.take(Config::from_yaml_file(options.sampling_config));
  }

  create_directories(folder.string());
  std::vector<ExportedPart> parts;
  for (const Run& run : opened) {
    write_part(run, options, folder);
    log.info(
        fmt::format("{}: step {} of {}", run.part.stage, run.part.step, run.part.run.string()));
    parts.push_back(run.part);
  }
  write_file_atomic(config_path, to_yaml(config));
  if (!options.classes.empty()) {
    write_file_atomic((folder / "classes.tsv").string(), read_file(options.classes));
  }
  if (!path_exists((folder / "README.md").string()) || !options.note.empty()) {
    write_file_atomic((folder / "README.md").string(), model_card(folder, options));
  }
  return parts;
}

}  // namespace gpst
