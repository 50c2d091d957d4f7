#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/config.h"
#include "cli/command.h"
#include "train/checkpoint.h"
#include "train/options.h"
#include "train/trainer.h"

namespace torch::nn {
class Module;
}

namespace gpst {

class Stage;

// Where a training run writes and what it starts from; the same for the three stages.
struct RunOptions {
  std::string output;
  std::string resume = "auto";  // auto | never | a checkpoint or run folder
  std::string init;             // weights to start from

  void visit(FieldVisitor& visitor);
};

// The section train: with --seed, --dtype (auto when it is not given) and --threads put in.
TrainOptions train_options(const CommandContext& context);

// Trains a stage as the call says: picks the checkpoint to go on from, or loads --init, writes
// RUN/config.yaml, trains and reports. `weights_name` is the stage's file in a model folder.
// UsageError: no --output, or a run that stands there already with --resume never.
CommandResult run_training(const CommandContext& context, Stage& stage, const TrainOptions& train,
                           const std::string& config_yaml, const std::string& weights_name);

}  // namespace gpst
