#include "train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/system.h"
#include "train/lockstep.h"
#include "train/metrics_log.h"
#include "train/stage.h"
#include "train/training_progress.h"
#include "train/training_step.h"
#include "train/weights_hash.h"

namespace gpst {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string> columns_of(const Stage& stage) {
  std::vector<std::string> names = {
      "seconds", "lr", "loss", "gradient_norm", "examples_per_second", "data_share"};
  for (const std::string& name : stage.train_metrics()) names.push_back(name);
  for (const std::string& name : stage.held_out_metrics()) names.push_back(name);
  return names;
}

// Without the counters of batch norms, which nothing reads and load_weights() passes over.
NamedTensors weights_of(const torch::nn::Module& module) {
  NamedTensors tensors = named_state(module);
  std::erase_if(tensors, [](const auto& t) { return t.first.ends_with("num_batches_tracked"); });
  return tensors;
}

class Trainer {
 public:
  Trainer(Stage& stage, const TrainOptions& options, const TrainerRun& run,
          const std::optional<Checkpoint>& start, Log& log)
      : stage_(stage),
        options_(options),
        run_(run),
        log_(log),
        lockstep_(run.group),
        steps_(stage, options, run.threads, lockstep_) {
    if (start) resume(*start);
    agree_on_start();
    if (lockstep_.first()) metrics_.emplace(run_.folder.path(), columns_of(stage_), progress_.step);
  }

  TrainerResult run() {
    const int64_t last = std::min(options_.iterations, run_.stop_after.value_or(INT64_MAX));
    Progress progress(log_, "training " + stage_.name(), last - progress_.step,
                      {.enabled = run_.show_progress && lockstep_.first()});
    try {
      while (progress_.step < last) {
        progress_.remember(steps_.run(progress_.step + 1));
        ++progress_.step;
        const bool is_best = is_reported() && report_together();
        progress.advance();
        progress.set_note(fmt::format("loss {:.4f}", progress_.latest.loss));
        const bool is_due = progress_.step % options_.save_interval == 0 || progress_.step == last;
        if (is_due || is_best) save(is_best);
      }
    } catch (const Interrupted&) {
      save();  // a step that was cut short has changed nothing
      throw;
    } catch (const IoError& error) {
      if (lockstep_.alone()) throw;
      throw IoError(
          fmt::format("training stopped after step {}: {}", progress_.step, error.what()));
    }
    return {progress_.step, progress_.latest.loss};
  }

 private:
  // What must be the same on all processes for their weights to stay the same.
  void agree_on_start() const {
    if (lockstep_.alone()) return;
    lockstep_.agree("the configuration", run_.config_yaml + fmt::format("{}", options_.seed),
                    "start all of them with the same files, options and --seed");
    lockstep_.agree("the step to go on from", std::to_string(progress_.step),
                    "--output must be one folder that all of them see");
    lockstep_.agree("the model", weights_hash(stage_.model()),
                    "all of them must start from the same weights");
  }

  // Whether the step turned out to be the best so far, as the first process finds, which alone
  // looks at held-out data; the others wait.
  bool report_together() {
    if (lockstep_.alone()) return report();
    constexpr int64_t kOther = 0, kBest = 1, kSignal = 2;  // and the signal's number
    int64_t answer = kOther;
    if (lockstep_.first()) {
      try {
        answer = report() ? kBest : kOther;
      } catch (const Interrupted& interrupted) {
        answer = kSignal + interrupted.signal_number();
      }
    }
    answer = lockstep_.answer_of_first(answer);
    if (answer >= kSignal) throw Interrupted(static_cast<int>(answer - kSignal));
    return answer == kBest;
  }

  void resume(const Checkpoint& start) {
    load_weights(stage_.model(), SafetensorsFile::open(start.model()), {}, log_);
    steps_.ema().load(SafetensorsFile::open(start.ema()));
    steps_.optimizer().load(SafetensorsFile::open(start.optimizer()));
    progress_ = TrainingProgress::from_json(start.state_json);
    progress_.step = saved_step_ = reported_step_ = start.step;
    seconds_before_ = progress_.seconds;
    resume_adversary(start);
    mark_best_again();
    log_.info(fmt::format("resuming at step {} from {}", start.step, start.folder.string()));
    const auto state = nlohmann::json::parse(start.state_json);
    if (state.value("config_hash", "") != xxh3_hex(run_.config_yaml)) {
      log_.warn(fmt::format("the configuration differs from the one {} was written with",
                            start.folder.string()));
    }
    if (const auto seed = state.value("seed", options_.seed); seed != options_.seed) {
      log_.warn(fmt::format("--seed {} differs from the run's {}: the data come in another order",
                            options_.seed, seed));
    }
  }

  // Killed between the save of a best checkpoint and its mark, a run knows it from state.json.
  void mark_best_again() const {
    if (!progress_.best || !lockstep_.first()) return;
    const auto& path = run_.folder.path();
    const int64_t step = progress_.step;
    if (progress_.best->step == step && best_checkpoint_step(path) != step) {
      mark_best_checkpoint(path, step);
    }
  }

  void resume_adversary(const Checkpoint& start) {
    if (!stage_.has_adversary(progress_.step)) return;
    steps_.start_adversary(progress_.step);
    if (!path_exists(start.adversary().string())) {
      log_.warn(fmt::format("{} has no adversary: it starts anew", start.folder.string()));
      return;
    }
    load_weights(stage_.adversary(0), SafetensorsFile::open(start.adversary()), {}, log_);
    steps_.adversary_optimizer()->load(SafetensorsFile::open(start.adversary_optimizer()));
  }

  bool is_evaluated() const {
    return progress_.step % options_.eval_interval == 0 || progress_.step == options_.iterations;
  }
  bool is_reported() const { return progress_.step % options_.log_interval == 0 || is_evaluated(); }

  // Whether the step turned out to be the best so far.
  bool report() {
    const StepResult& result = progress_.latest;
    const auto examples =
        static_cast<double>((progress_.step - reported_step_) * options_.batch_size);
    Metrics metrics = {{"seconds", seconds_before_ + seconds_since(start_)},
                       {"lr", learning_rate(options_, progress_.step)},
                       {"loss", result.loss},
                       {"gradient_norm", result.gradient_norm},
                       {"examples_per_second", examples / std::max(1e-9, seconds_since(reported_))},
                       {"data_share", data_share()}};
    metrics.insert(metrics.end(), result.metrics.begin(), result.metrics.end());
    bool is_best = false;
    try {
      if (is_evaluated()) is_best = add_held_out(metrics);
    } catch (const Interrupted&) {
      metrics_->log(progress_.step, metrics);  // the step is done, whatever its evaluation
      throw;
    }
    metrics_->log(progress_.step, metrics);
    reported_ = Clock::now();
    reported_step_ = progress_.step;
    reported_data_seconds_ = stage_.data_seconds();
    return is_best;
  }

  // The share of the workers' time since the last report in which they waited for data.
  double data_share() const {
    const double waited = stage_.data_seconds() - reported_data_seconds_;
    return waited / std::max(1e-9, steps_.workers() * seconds_since(reported_));
  }

  bool add_held_out(Metrics& metrics) {
    const Metrics held_out = stage_.evaluate(steps_.ema(), run_.threads);
    std::string text;
    for (const auto& [name, value] : held_out) text += fmt::format(", {} {:.4f}", name, value);
    metrics.insert(metrics.end(), held_out.begin(), held_out.end());
    const auto folder = run_.folder.path() / "samples";
    create_directories(folder.string());
    stage_.write_samples(steps_.ema(), folder / fmt::format("step_{:08}.png", progress_.step));
    log_.info(fmt::format("step {}{}", progress_.step, text));
    return progress_.take_best(held_out);
  }

  // On the first process, while the others wait: a launcher that sees one of them end ends all.
  void save(bool is_best = false) {
    if (progress_.step == saved_step_ || progress_.step == 0) return;
    steps_.check_weights(progress_.step);
    lockstep_.agree("the model after step " + std::to_string(progress_.step), hash_if_shared(),
                    "a machine computes differently from the others; resume without it");
    if (lockstep_.first()) write(is_best);
    lockstep_.answer_of_first(0);
    saved_step_ = progress_.step;
  }

  std::string hash_if_shared() const {
    return lockstep_.alone() ? "" : weights_hash(stage_.model());
  }

  void write(bool is_best) {
    nlohmann::json state = {{"format_version", 1},
                            {"stage", stage_.name()},
                            {"examples", progress_.step * options_.batch_size},
                            {"seed", options_.seed},
                            {"config", run_.config_yaml},
                            {"config_hash", xxh3_hex(run_.config_yaml)},
                            {"code_version", code_version()},
                            {"record", nlohmann::json::parse(stage_.record_json())}};
    progress_.seconds = seconds_before_ + seconds_since(start_);
    state.update(nlohmann::json::parse(progress_.to_json()));
    CheckpointContent content{.model = named_state(stage_.model()),
                              .ema = steps_.ema().tensors(),
                              .optimizer = steps_.optimizer().state(),
                              .state_json = state.dump(1)};
    if (steps_.adversary_optimizer() != nullptr) {
      content.adversary = weights_of(stage_.adversary(0));
      content.adversary_optimizer = steps_.adversary_optimizer()->state();
    }
    write_checkpoint(run_.folder.path(), progress_.step, content, options_.keep_checkpoints);
    if (is_best) mark_best_checkpoint(run_.folder.path(), progress_.step);
  }

  Stage& stage_;
  const TrainOptions& options_;
  const TrainerRun& run_;
  Log& log_;
  Lockstep lockstep_;
  TrainingSteps steps_;
  std::optional<MetricsLog> metrics_;
  TrainingProgress progress_;
  int64_t saved_step_ = 0;
  int64_t reported_step_ = 0;
  double reported_data_seconds_ = 0;
  double seconds_before_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point reported_ = Clock::now();
};

}  // namespace

TrainerResult train(Stage& stage, const TrainOptions& options, const TrainerRun& run,
                    const std::optional<Checkpoint>& start, Log& log) {
  return Trainer(stage, options, run, start, log).run();
}

}  // namespace gpst
