#pragma once

#include <filesystem>
#include <string>

#include "base/config.h"
#include "cli/command.h"
#include "train/options.h"

namespace gpst {

class Stage;

// Where a training run writes and what it starts from; the same for the three stages.
struct RunOptions {
  std::string output;
  std::string resume = "auto";  // auto | never | a checkpoint or run folder
  std::string init;             // weights to start from
  bool init_grow = false;       // tensors of the model may be larger than those

  void visit(FieldVisitor& visitor);
};

// The section train: with --seed, --dtype (auto when it is not given) and --threads put in.
TrainOptions train_options(const CommandContext& context);

struct TrainingJob {
  Stage& stage;
  const TrainOptions& train;
  std::string config_yaml;             // every key, resolved
  std::filesystem::path classes = {};  // classes.tsv that goes with the run, if it is there
};

// Trains a stage as the call says: picks the checkpoint to go on from, or loads --init, writes
// RUN/config.yaml and RUN/classes.tsv, trains and reports. The processes of a launch train together
// (training_group.h); the first one writes and speaks.
// UsageError: no --output, or a run that stands there already with --resume never.
CommandResult run_training(const CommandContext& context, const TrainingJob& job);

}  // namespace gpst
