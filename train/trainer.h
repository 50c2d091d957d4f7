// The one training loop of the three stages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train/checkpoint.h"
#include "train/options.h"
#include "train/run_folder.h"

namespace gpst {

class Log;
class ProcessGroup;
class Stage;

struct TrainerRun {
  const RunFolder& folder;
  std::string config_yaml;  // the resolved configuration; it and its hash stand in state.json
  std::optional<int64_t> stop_after = {};  // ends after this step, as if interrupted; for tests
  int threads = 1;                         // workers, each with a share of the batch
  bool show_progress = true;
  ProcessGroup* group = nullptr;  // processes that train together, null: one; the first one writes
};

struct TrainerResult {
  int64_t step = 0;
  double loss = 0;  // of the last step
};

// Trains from `start` (a checkpoint of the same run) or from the stage's weights, to
// options.iterations. Saves every save_interval steps, after every evaluation that is the best so
// far (marked so in the run's checkpoints), at the end, and on SIGINT or SIGTERM (then throws
// Interrupted). A resumed run computes what the uninterrupted one would have. DivergedError, before
// any checkpoint is touched, when loss, gradient or weights are not finite. Of several processes
// all make the same call with the same options, stage and start (ConfigError else), take a share of
// every batch, and stop together; IoError when one of them is gone.
TrainerResult train(Stage& stage, const TrainOptions& options, const TrainerRun& run,
                    const std::optional<Checkpoint>& start, Log& log);

}  // namespace gpst
