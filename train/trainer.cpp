#include "train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/system.h"
#include "train/adam.h"
#include "train/checkpoint.h"
#include "train/metrics_log.h"
#include "train/replicas.h"
#include "train/stage.h"

namespace gpst {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Convolutions and products of a thread in bfloat16, as long as this object lives.
class AutocastGuard {
 public:
  explicit AutocastGuard(bool bfloat16) : active_(bfloat16) {
    if (!active_) return;
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::increment_nesting();
  }
  ~AutocastGuard() {
    if (!active_) return;
    // Casts of weights are cached until the outermost region ends.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool active_;
};

struct StepResult {
  double loss = 0;
  double gradient_norm = 0;
  Metrics metrics;
};

class Trainer {
 public:
  Trainer(Stage& stage, const TrainOptions& options, const TrainerRun& run,
          const std::optional<Checkpoint>& start, Log& log)
      : stage_(stage),
        options_(options),
        run_(run),
        log_(log),
        adam_(stage.model(), options),
        ema_(stage.model(), options.ema) {
    if (start) resume(*start);
    stage_.prepare_workers(workers());
    log_file_.emplace(run_.folder, columns(), step_);
  }

  TrainerResult run() {
    const int64_t last = std::min(options_.iterations, run_.stop_after.value_or(INT64_MAX));
    Progress progress(log_, "training " + stage_.name(), last - step_,
                      {.enabled = run_.show_progress});
    StepResult result;
    try {
      while (step_ < last) {
        result = train_step(step_ + 1);
        ++step_;
        report(result);
        progress.advance();
        progress.set_note(fmt::format("loss {:.4f}", result.loss));
        if (step_ % options_.save_interval == 0 || step_ == last) save();
      }
    } catch (const Interrupted&) {
      save();  // a step that was cut short has changed nothing
      throw;
    }
    return {step_, result.loss};
  }

 private:
  // More workers than examples would have nothing to do.
  int workers() const {
    return static_cast<int>(std::min<int64_t>(run_.threads, options_.batch_size));
  }

  std::vector<std::string> columns() const {
    std::vector<std::string> names = {"seconds", "lr", "loss", "gradient_norm",
                                      "examples_per_second"};
    for (const std::string& name : stage_.train_metrics()) names.push_back(name);
    for (const std::string& name : stage_.held_out_metrics()) names.push_back(name);
    return names;
  }

  void resume(const Checkpoint& start) {
    load_weights(stage_.model(), SafetensorsFile::open(start.model()), {}, log_);
    ema_.load(SafetensorsFile::open(start.ema()));
    adam_.load(SafetensorsFile::open(start.optimizer()));
    step_ = saved_step_ = reported_step_ = start.step;
    const auto state = nlohmann::json::parse(start.state_json);
    seconds_before_ = state.value("seconds", 0.0);
    log_.info(fmt::format("resuming at step {} from {}", step_, start.folder.string()));
    if (state.value("config_hash", "") != xxh3_hex(run_.config_yaml)) {
      log_.warn(fmt::format("the configuration differs from the one {} was written with",
                            start.folder.string()));
    }
  }

  // The batch is cut into grad_accumulation * workers parts; their gradients are added in order of
  // the workers, so that two runs with as many threads agree.
  StepResult train_step(int64_t step) {
    StepResult result;
    adam_.zero_gradients();
    const int64_t parts = std::min(options_.batch_size, options_.grad_accumulation * workers());
    std::vector<PartLoss> losses(static_cast<size_t>(parts));
    parallel_for(workers(), workers(), [&](int64_t worker, int) {
      for (int64_t part = worker; part < parts; part += workers()) {
        losses[part] = backward(part_of(step, part, parts), static_cast<int>(worker));
      }
    });
    for (int worker = 1; worker < workers(); ++worker) {
      move_gradients(stage_.replica(worker), stage_.model());
    }
    for (int64_t part = 0; part < parts; ++part) {
      const double share = share_of(part_of(step, part, parts));
      result.loss += share * losses[part].loss.item<double>();
      add_metrics(losses[part].metrics, share, result.metrics);
    }
    result.gradient_norm = gradient_norm(adam_.parameters());
    refuse_divergence(step, result);
    if (options_.clip_norm > 0 && result.gradient_norm > options_.clip_norm) {
      scale_gradients(adam_.parameters(), options_.clip_norm / result.gradient_norm);
    }
    adam_.step(learning_rate(options_, step));
    ema_.update(stage_.model(), step);
    return result;
  }

  BatchPart part_of(int64_t step, int64_t part, int64_t parts) const {
    const int64_t batch = options_.batch_size;
    const int64_t begin = batch * part / parts;
    const int64_t end = batch * (part + 1) / parts;
    return {step, (step - 1) * batch + begin, end - begin};
  }

  double share_of(const BatchPart& part) const {
    return static_cast<double>(part.count) / static_cast<double>(options_.batch_size);
  }

  PartLoss backward(const BatchPart& part, int worker) {
    PartLoss result;
    {
      const AutocastGuard autocast(uses_bfloat16(options_));
      result = stage_.loss(part, worker);
    }
    (result.loss * share_of(part)).backward();
    result.loss = result.loss.detach();
    return result;
  }

  static void add_metrics(const Metrics& part, double share, Metrics& sum) {
    if (sum.empty()) {
      for (const auto& [name, value] : part) sum.emplace_back(name, 0.0);
    }
    for (size_t i = 0; i < part.size(); ++i) sum[i].second += share * part[i].second;
  }

  void refuse_divergence(int64_t step, const StepResult& result) const {
    if (std::isfinite(result.loss) && std::isfinite(result.gradient_norm)) return;
    throw DivergedError(fmt::format(
        "training diverged at step {}: loss {}, gradient norm {}. The checkpoints written before "
        "are untouched; lower train.lr, set train.clip_norm, or use train.dtype fp32",
        step, result.loss, result.gradient_norm));
  }

  void report(const StepResult& result) {
    const bool last = step_ == options_.iterations;
    const bool evaluate = step_ % options_.eval_interval == 0 || last;
    if (step_ % options_.log_interval != 0 && !evaluate) return;
    const double seconds = seconds_before_ + seconds_since(start_);
    const int64_t steps = step_ - reported_step_;
    const double elapsed = std::max(1e-9, seconds_since(reported_));
    Metrics metrics = {
        {"seconds", seconds},
        {"lr", learning_rate(options_, step_)},
        {"loss", result.loss},
        {"gradient_norm", result.gradient_norm},
        {"examples_per_second", static_cast<double>(steps * options_.batch_size) / elapsed}};
    metrics.insert(metrics.end(), result.metrics.begin(), result.metrics.end());
    if (evaluate) add_held_out(metrics);
    log_file_->log(step_, metrics);
    reported_ = Clock::now();
    reported_step_ = step_;
  }

  void add_held_out(Metrics& metrics) {
    const Metrics held_out = stage_.evaluate(ema_, run_.threads);
    std::string text;
    for (const auto& [name, value] : held_out) text += fmt::format(", {} {:.4f}", name, value);
    metrics.insert(metrics.end(), held_out.begin(), held_out.end());
    const auto folder = run_.folder / "samples";
    create_directories(folder.string());
    stage_.write_samples(ema_, folder / fmt::format("step_{:08}.png", step_));
    log_.info(fmt::format("step {}{}", step_, text));
  }

  void save() {
    if (step_ == saved_step_ || step_ == 0) return;
    nlohmann::json state = {{"format_version", 1},
                            {"stage", stage_.name()},
                            {"step", step_},
                            {"examples", step_ * options_.batch_size},
                            {"seed", options_.seed},
                            {"seconds", seconds_before_ + seconds_since(start_)},
                            {"config", run_.config_yaml},
                            {"config_hash", xxh3_hex(run_.config_yaml)},
                            {"code_version", code_version()},
                            {"record", nlohmann::json::parse(stage_.record_json())}};
    write_checkpoint(run_.folder, step_,
                     {named_state(stage_.model()), ema_.tensors(), adam_.state(), state.dump(1)},
                     options_.keep_checkpoints);
    saved_step_ = step_;
  }

  Stage& stage_;
  const TrainOptions& options_;
  const TrainerRun& run_;
  Log& log_;
  Adam adam_;
  Ema ema_;
  std::optional<MetricsLog> log_file_;
  int64_t step_ = 0;
  int64_t saved_step_ = 0;
  int64_t reported_step_ = 0;
  double seconds_before_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point reported_ = Clock::now();
};

}  // namespace

TrainerResult train(Stage& stage, const TrainOptions& options, const TrainerRun& run,
                    const std::optional<Checkpoint>& start, Log& log) {
  // One writer a run: a second process would mix its checkpoints with ours.
  create_directories(run.folder.string());
  const FileLock lock((run.folder / ".lock").string());
  return Trainer(stage, options, run, start, log).run();
}

}  // namespace gpst
