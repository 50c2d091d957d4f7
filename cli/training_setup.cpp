#include "cli/training_setup.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/system.h"
#include "nn/weights.h"
#include "train/stage.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

// The checkpoint the run goes on from; none: it begins.
std::optional<Checkpoint> starting_point(const RunOptions& run, const CommonOptions& common) {
  if (run.resume != "auto" && run.resume != "never") return open_checkpoint(run.resume);
  std::optional<Checkpoint> latest = find_latest_checkpoint(run.output);
  if (run.resume == "auto" || !latest) return latest;
  if (!common.overwrite) {
    throw UsageError(fmt::format(
        "{} holds a run already (step {}): leave --resume never out to go on with it, choose "
        "another --output, or add --overwrite to start anew",
        run.output, latest->step));
  }
  remove_tree((fs::path(run.output) / "checkpoints").string());
  remove_tree((fs::path(run.output) / "metrics.csv").string());
  return std::nullopt;
}

void load_initial_weights(const RunOptions& run, Stage& stage, const std::string& weights_name,
                          Log& log) {
  fs::path path = run.init;
  if (is_directory(run.init)) path /= weights_name;
  load_weights(stage.model(), SafetensorsFile::open(path.string()), {}, log);
  log.info(fmt::format("starting from the weights of {}", path.string()));
}

}  // namespace

void RunOptions::visit(FieldVisitor& v) {
  v.field({.name = "output", .help = "folder of the run"}, output);
  v.field({.name = "resume", .help = "auto, never, or the checkpoint (or run) to go on from"},
          resume);
  v.field({.name = "init", .help = "model folder or weights file to start from, fresh moments"},
          init);
}

TrainOptions train_options(const CommandContext& context) {
  TrainOptions train = context.options<TrainOptions>("train");
  train.seed = context.common.seed;
  train.dtype = context.config.has("dtype") ? context.common.dtype : "auto";
  return train;
}

CommandResult run_training(const CommandContext& context, Stage& stage, const TrainOptions& train,
                           const std::string& config_yaml, const std::string& weights_name) {
  const RunOptions run = context.options<RunOptions>("");
  if (run.output.empty()) throw UsageError("-o, --output: the folder of the run is missing");
  if (context.common.dry_run) {
    return {.text = fmt::format("would train the {} for {} steps into {}", stage.name(),
                                train.iterations, run.output)};
  }
  const std::optional<Checkpoint> start = starting_point(run, context.common);
  if (!start && !run.init.empty()) load_initial_weights(run, stage, weights_name, context.log);
  create_directories(run.output);
  write_file_atomic((fs::path(run.output) / "config.yaml").string(), config_yaml);
  if (uses_bfloat16(train)) context.log.info("products and convolutions in bfloat16");
  const TrainerResult result = gpst::train(stage, train,
                                           {.folder = run.output,
                                            .config_yaml = config_yaml,
                                            .threads = context.common.worker_threads(),
                                            .show_progress = context.common.progress},
                                           start, context.log);
  const nlohmann::json report = {{"stage", stage.name()},
                                 {"step", result.step},
                                 {"loss", result.loss},
                                 {"output", run.output},
                                 {"peak_memory_bytes", peak_memory_bytes()}};
  return {.text = fmt::format("{}: step {}, loss {:.5f}; 'gpstoken export {} -o MODELDIR' makes a "
                              "model folder of it",
                              run.output, result.step, result.loss, run.output),
          .json = report.dump()};
}

}  // namespace gpst
