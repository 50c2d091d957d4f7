// Training runs -> a model folder (docs/cli.md, "A model folder").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

class Log;

struct ExportOptions {
  DType dtype = DType::f16;  // of the weights: f32, f16 or bf16
  std::string classes = {};  // classes.tsv to put in; empty: that of a run, else what is there
  std::string sampling_config = {};  // YAML file with a section sampling:; empty: that of a run
  std::string note = {};             // a sentence for the model card: data, licence, purpose
};

struct ExportedPart {
  std::string stage;  // "tokenizer", "layout", "texture"
  std::filesystem::path run;
  int64_t step = 0;
};

// Each run is a run folder, whose latest checkpoint is taken, or one checkpoint:
// RUN/checkpoints/best or RUN/checkpoints/step_00001000.
// Writes the averaged weights, config.yaml, classes.tsv and
// README.md into `folder`. Parts that the folder has already and no run replaces stay as they are;
// of an
// existing README.md only the table of parts changes, unless there is a note. Before anything is
// written, InputError: a folder that is no run, two runs of one stage; ConfigError: a generator
// without its statistics, a texture model and a tokenizer of different channels.
std::vector<ExportedPart> export_model(const std::vector<std::filesystem::path>& runs,
                                       const ExportOptions& options,
                                       const std::filesystem::path& folder, Log& log);

}  // namespace gpst
