// Checkpoints of a training run (formats.md): folders `RUN/checkpoints/step_00001000/` that appear
// complete or not at all, and `latest` and `best`, text files with the names of the newest one and
// of the best one by a held-out metric.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/weights.h"

namespace gpst {

// What is saved. state_json: step, seeds, configuration, versions.
struct CheckpointContent {
  NamedTensors model;
  NamedTensors ema;
  NamedTensors optimizer;
  std::string state_json;
  NamedTensors adversary = {};  // and its moments; empty: there is none
  NamedTensors adversary_optimizer = {};
};

struct Checkpoint {
  std::filesystem::path folder;
  int64_t step = 0;
  std::string state_json;

  std::filesystem::path model() const { return folder / "model.safetensors"; }
  std::filesystem::path ema() const { return folder / "ema.safetensors"; }
  std::filesystem::path optimizer() const { return folder / "optimizer.safetensors"; }
  // Only where there was an adversary.
  std::filesystem::path adversary() const { return folder / "adversary.safetensors"; }
  std::filesystem::path adversary_optimizer() const {
    return folder / "adversary_optimizer.safetensors";
  }
};

// Writes the checkpoint of `step`, makes it the latest, and then removes the oldest ones beyond
// `keep`, but never the best. Killed or failing (IoError) at any call, it leaves a run from which
// find_latest_checkpoint() takes a complete checkpoint: the one before or the new one. One writer
// a run.
void write_checkpoint(const std::filesystem::path& run, int64_t step,
                      const CheckpointContent& content, int64_t keep);

// The newest complete checkpoint of a run, or none. When `latest` names a folder that is gone, the
// newest complete folder counts.
std::optional<Checkpoint> find_latest_checkpoint(const std::filesystem::path& run);

// Names the checkpoint of `step`, which must be there, the best one: it stays until another one is.
void mark_best_checkpoint(const std::filesystem::path& run, int64_t step);

// The step of the best checkpoint, or none: no evaluation yet, or its folder is gone.
std::optional<int64_t> best_checkpoint_step(const std::filesystem::path& run);

// Opens a checkpoint folder, the one that RUN/checkpoints/best or RUN/checkpoints/latest names, or
// the latest one of a run folder. InputError naming what is missing.
Checkpoint open_checkpoint(const std::filesystem::path& folder);

}  // namespace gpst
