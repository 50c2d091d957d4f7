// The one training loop of the three stages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "train/checkpoint.h"
#include "train/options.h"

namespace gpst {

class Log;
class Stage;

struct TrainerRun {
  std::filesystem::path folder;  // RUN: metrics.csv, checkpoints/, samples/, tensorboard/
  std::string config_yaml;       // the resolved configuration; its hash stands in state.json
  std::optional<int64_t> stop_after = {};  // ends after this step, as if interrupted; tests use it
  int threads = 1;                         // workers, each with a share of the batch
  bool show_progress = true;
};

struct TrainerResult {
  int64_t step = 0;
  double loss = 0;
};

// Trains from `start` (a checkpoint of the same run) or from the stage's weights, to
// options.iterations. Each step: parts of the batch on the workers, gradients added in order,
// clipped, one Adam update, one update of the average. Saves every save_interval steps, at the end
// and on SIGINT or SIGTERM (then throws Interrupted).
// DivergedError, before any checkpoint is touched, when loss or gradient is not finite.
TrainerResult train(Stage& stage, const TrainOptions& options, const TrainerRun& run,
                    const std::optional<Checkpoint>& start, Log& log);

}  // namespace gpst
