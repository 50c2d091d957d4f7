#include "train/training_step.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/worker_threads.h"
#include "train/autocast.h"
#include "train/replicas.h"

namespace gpst {
namespace {

constexpr const char* kAdvice =
    "The checkpoints written before are untouched; lower train.lr, set train.clip_norm, or use "
    "--dtype fp32";

// Gradients of workers are added by hand, which a GPU that computes a batch at once has no use for.
int64_t workers_on(const TrainOptions& options, int threads, int64_t examples) {
  return options.device.is_cpu() ? std::min<int64_t>(threads, examples) : 1;
}

void refuse_divergence(int64_t step, double loss, double norm) {
  if (std::isfinite(loss) && std::isfinite(norm)) return;
  throw DivergedError(fmt::format("training diverged at step {}: loss {}, gradient norm {}. {}",
                                  step, loss, norm, kAdvice));
}

void add_metrics(const Metrics& part, double share, Metrics& sum) {
  if (sum.empty()) {
    for (const auto& [name, value] : part) sum.emplace_back(name, 0.0);
  }
  for (size_t i = 0; i < part.size(); ++i) sum[i].second += share * part[i].second;
}

}  // namespace

TrainingSteps::TrainingSteps(Stage& stage, const TrainOptions& options, int threads,
                             const Lockstep& lockstep)
    : stage_(stage),
      options_(options),
      lockstep_(lockstep),
      share_(lockstep.share_of(options.batch_size)),
      workers_(static_cast<int>(workers_on(options, threads, share_.count))),
      parts_(std::min(share_.count, options.grad_accumulation * workers_)),
      optimizer_(stage.model(), options),
      ema_(stage.model(), options.ema) {
  stage_.prepare_workers(workers_);
  if (!lockstep_.alone()) gradient_sum_.emplace(*lockstep_.group(), optimizer_.parameters());
}

BatchPart TrainingSteps::part_of(int64_t step, int64_t part) const {
  const int64_t begin = share_.count * part / parts_;
  const int64_t end = share_.count * (part + 1) / parts_;
  return {step, (step - 1) * options_.batch_size + share_.first + begin, end - begin};
}

double TrainingSteps::share_of(const BatchPart& part) const {
  return static_cast<double>(part.count) / static_cast<double>(options_.batch_size);
}

PartLoss TrainingSteps::backward(const BatchPart& part, int worker) {
  PartLoss result;
  {
    const Autocast autocast(uses_bfloat16(options_), options_.device.type());
    result = stage_.loss(part, worker);
  }
  (result.loss * share_of(part)).backward();
  result.loss = result.loss.detach();
  return result;
}

std::vector<PartLoss> TrainingSteps::backward_all(int64_t step) {
  std::vector<PartLoss> losses(static_cast<size_t>(parts_));
  for_each_on_workers(workers_, workers_, [&](int64_t worker, int) {
    for (int64_t part = worker; part < parts_; part += workers_) {
      // With one worker the gradients are complete when the last part's are.
      if (gradient_sum_ && workers_ == 1 && part + 1 == parts_ && stage_.targets(step).model) {
        gradient_sum_->expect();
      }
      losses[static_cast<size_t>(part)] = backward(part_of(step, part), static_cast<int>(worker));
    }
  });
  for (int worker = 1; worker < workers_; ++worker) {
    move_gradients(stage_.replica(worker), stage_.model());
    if (adversary_optimizer_) move_gradients(stage_.adversary(worker), stage_.adversary(0));
  }
  return losses;
}

void TrainingSteps::start_adversary(int64_t step) {
  if (adversary_optimizer_ || !stage_.has_adversary(step)) return;
  stage_.start_adversary();
  adversary_optimizer_.emplace(stage_.adversary(0), options_);
  if (!lockstep_.alone()) {
    adversary_sum_.emplace(*lockstep_.group(), adversary_optimizer_->parameters());
  }
}

void TrainingSteps::update(Optimizer& optimizer, double lr, double norm) {
  if (options_.clip_norm > 0 && norm > options_.clip_norm) {
    scale_gradients(optimizer.parameters(), options_.clip_norm / norm);
  }
  optimizer.step(lr);
}

StepResult TrainingSteps::gather(int64_t step) {
  StepResult result{.targets = stage_.targets(step)};
  std::vector<PartLoss> losses;
  int signal = 0;
  try {
    losses = backward_all(step);
  } catch (const Interrupted& interrupted) {
    if (lockstep_.alone()) throw;
    signal = interrupted.signal_number();
  }
  if (gradient_sum_ && result.targets.model) gradient_sum_->finish();
  if (adversary_sum_ && result.targets.adversary) adversary_sum_->finish();
  lockstep_.agree_on_signal(signal);
  for (int64_t i = 0; i < parts_; ++i) {
    const PartLoss& part = losses[static_cast<size_t>(i)];
    const double share = share_of(part_of(step, i));
    result.loss += share * part.loss.item<double>();
    add_metrics(part.metrics, share, result.metrics);
  }
  lockstep_.sum(result.loss, result.metrics);
  return result;
}

StepResult TrainingSteps::run(int64_t step) {
  start_adversary(step);
  optimizer_.zero_gradients();
  if (adversary_optimizer_) adversary_optimizer_->zero_gradients();
  StepResult result = gather(step);
  const double norm = gradient_norm(optimizer_.parameters());
  const double adversary_norm =
      result.targets.adversary ? gradient_norm(adversary_optimizer_->parameters()) : 0;
  result.gradient_norm = result.targets.model ? norm : adversary_norm;
  refuse_divergence(step, result.loss, norm + adversary_norm);
  const double lr = learning_rate(options_, step);
  if (result.targets.model) update(optimizer_, lr, norm);
  if (result.targets.adversary) {
    update(*adversary_optimizer_, lr * stage_.adversary_lr_factor(), adversary_norm);
  }
  ema_.update(stage_.model(), step);
  return result;
}

void TrainingSteps::check_weights(int64_t step) const {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> all = optimizer_.parameters();
  if (adversary_optimizer_) {
    const std::vector<at::Tensor>& more = adversary_optimizer_->parameters();
    all.insert(all.end(), more.begin(), more.end());
  }
  for (const at::Tensor& weights : all) {
    if (at::isfinite(weights.sum()).item<bool>()) continue;
    throw DivergedError(
        fmt::format("training diverged at step {}: weights are not finite. {}", step, kAdvice));
  }
}

}  // namespace gpst
