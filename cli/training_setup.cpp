#include "cli/training_setup.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/system.h"
#include "cli/device_by_rank.h"
#include "cli/shard_of_launch.h"
#include "cli/training_group.h"
#include "nn/weights.h"
#include "ops/accelerator.h"
#include "train/lockstep.h"
#include "train/run_folder.h"
#include "train/stage.h"
#include "train/trainer.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

// The checkpoint that --resume names, opened before anything is written; none for auto and never.
std::optional<Checkpoint> named_checkpoint(const RunOptions& run) {
  if (run.resume == "auto" || run.resume == "never") return std::nullopt;
  return open_checkpoint(run.resume);
}

// What stands in the run's own folder to go on from; none: it begins.
std::optional<Checkpoint> starting_point(const RunOptions& run, const RunFolder& folder,
                                         const CommonOptions& common) {
  std::optional<Checkpoint> latest = folder.latest();
  if (run.resume == "auto" || !latest) return latest;
  if (!common.overwrite) {
    throw UsageError(
        fmt::format("{} holds a run already (step {}): leave out --resume never to go on with it, "
                    "choose another --output, or add --overwrite to start anew",
                    run.output, latest->step));
  }
  folder.clear();
  return std::nullopt;
}

// The weights file --init means: itself, or the stage's part of a model folder.
SafetensorsFile open_initial_weights(const RunOptions& run, const Stage& stage) {
  fs::path path = run.init;
  if (is_directory(run.init)) path /= stage.name() + ".safetensors";
  return SafetensorsFile::open(path.string());
}

void write_run_files(const fs::path& folder, const TrainingJob& job) {
  write_file_atomic((folder / "config.yaml").string(), job.config_yaml);
  if (!job.classes.empty() && path_exists(job.classes.string())) {
    write_file_atomic((folder / "classes.tsv").string(), read_file(job.classes.string()));
  }
}

CommandResult dry_run_result(const RunOptions& run, const TrainingJob& job) {
  const nlohmann::json plan = {{"dry_run", true},
                               {"stage", job.stage.name()},
                               {"iterations", job.train.iterations},
                               {"output", run.output}};
  return {.text = fmt::format("would train the {} for {} steps into {}", job.stage.name(),
                              job.train.iterations, run.output),
          .json = plan.dump(2)};
}

// A process beside the first: what all find together the first one says. A lost process everybody
// reports, since the first may be the lost one.
CommandResult follow(const TrainingJob& job, const TrainerRun& trainer,
                     const std::optional<Checkpoint>& start, Log& log) {
  try {
    train(job.stage, job.train, trainer, start, log);
    return {.text = "", .json = ""};
  } catch (const IoError&) {
    throw;
  } catch (const Error& together) {
    return {.text = "", .json = "", .exit = static_cast<ExitCode>(together.exit_status())};
  }
}

}  // namespace

void RunOptions::visit(FieldVisitor& v) {
  v.field({.name = "output", .help = "folder of the run"}, output);
  v.field({.name = "resume", .help = "auto, never, or the checkpoint (or run) to go on from"},
          resume);
  v.field({.name = "init", .help = "model folder or weights file to start from, fresh moments"},
          init);
  v.field({.name = "init_grow",
           .help = "with --init: tensors that are larger in the model take what is stored as their "
                   "beginning, and keep fresh values behind it"},
          init_grow);
}

TrainOptions train_options(const CommandContext& context) {
  TrainOptions train = context.options<TrainOptions>("train");
  train.seed = context.common.seed;
  train.dtype = context.config.has("dtype") ? context.common.dtype : "auto";
  train.device = device_by_rank(context, training_rank());
  train.loading_threads = context.common.worker_threads();
  return train;
}

CommandResult run_training(const CommandContext& context, const TrainingJob& job) {
  const RunOptions run = context.options<RunOptions>("");
  if (run.output.empty()) throw UsageError("-o, --output: the folder of the run is missing");
  if (run.init_grow && run.init.empty()) {
    throw UsageError("--init-grow: name the weights to grow from with --init MODELDIR");
  }
  if (context.common.dry_run) return dry_run_result(run, job);
  const std::unique_ptr<ProcessGroup> group = join_training(context);
  Log quiet(Log::Level::quiet);
  const Lockstep lockstep(group.get());
  const bool first = lockstep.first();
  Log& log = first ? context.log : quiet;
  std::optional<Checkpoint> start = named_checkpoint(run);
  if (!first) lockstep.answer_of_first(0);  // it prepares the folder
  const RunFolder folder(run.output, first ? RunFolder::Use::write : RunFolder::Use::read);
  if (!start) start = starting_point(run, folder, context.common);
  if (!start && !run.init.empty()) {
    const WeightsReport report = load_weights(
        job.stage.model(), open_initial_weights(run, job.stage), {.grow = run.init_grow}, log);
    log.info(fmt::format(
        "starting from the weights of {}{}", run.init,
        report.grown == 0 ? "" : fmt::format(" ({} tensors have grown)", report.grown)));
  }
  if (first) write_run_files(folder.path(), job);
  if (first) lockstep.answer_of_first(0);
  if (uses_bfloat16(job.train)) log.info("products and convolutions in bfloat16");
  const TrainerRun trainer = {.folder = folder,
                              .config_yaml = job.config_yaml,
                              .threads = threads_by_rank(context, training_rank()),
                              .show_progress = context.common.progress,
                              .group = group.get()};
  if (!first) return follow(job, trainer, start, log);
  const TrainerResult result = train(job.stage, job.train, trainer, start, log);
  const nlohmann::json report = {{"stage", job.stage.name()},
                                 {"step", result.step},
                                 {"loss", result.loss},
                                 {"rejected", job.stage.rejected_inputs()},
                                 {"output", run.output},
                                 {"device", Accelerator::of(job.train.device)->name()},
                                 {"dtype", uses_bfloat16(job.train) ? "bf16" : "fp32"},
                                 {"peak_memory_bytes", peak_memory_bytes()}};
  return {.text = fmt::format("{}: step {}, loss {:.5f}; 'gpstoken export {} -o MODELDIR' makes a "
                              "model folder of it",
                              run.output, result.step, result.loss, run.output),
          .json = report.dump(2),
          .exit = job.stage.rejected_inputs() > 0 ? ExitCode::partial : ExitCode::ok};
}

}  // namespace gpst
