// One step of training: loss and gradients of a batch on several workers, then one update.
#pragma once

#include <cstdint>
#include <optional>

#include "nn/ema.h"
#include "train/gradient_sum.h"
#include "train/lockstep.h"
#include "train/optimizer.h"
#include "train/options.h"
#include "train/stage.h"

namespace gpst {

struct StepResult {
  double loss = 0;           // mean over the batch
  double gradient_norm = 0;  // before clipping
  Metrics metrics = {};  // means over the batch, those of Stage::train_metrics that the step has
  StepTargets targets = {};  // loss and gradient norm are the adversary's where only it was trained
};

// Holds what a step changes beside the stage's weights: the optimiser's state and the average.
class TrainingSteps {
 public:
  // Uses at most `threads` workers; more than examples in a batch would have nothing to do. A GPU
  // has one. Of several processes each takes its share of every batch.
  TrainingSteps(Stage& stage, const TrainOptions& options, int threads,
                const Lockstep& lockstep = Lockstep(nullptr));

  // Step number `step` (1, 2, ...): the batch is cut into grad_accumulation parts a worker, the
  // gradients of workers are added in order, so that runs with as many threads agree, and those of
  // processes after them; they are clipped, and applied with the rate of the step; then the average
  // moves.
  // Before anything is changed, and on all processes: Interrupted after a signal, DivergedError
  // when loss or gradient is not finite.
  StepResult run(int64_t step);

  // Makes the adversary where step `step` has one and none is there; run() does so, too.
  void start_adversary(int64_t step);

  // DivergedError when a weight is not finite.
  void check_weights(int64_t step) const;

  int workers() const { return workers_; }
  Optimizer& optimizer() { return optimizer_; }
  // Null as long as there is no adversary.
  Optimizer* adversary_optimizer() {
    return adversary_optimizer_ ? &*adversary_optimizer_ : nullptr;
  }
  Ema& ema() { return ema_; }

 private:
  BatchPart part_of(int64_t step, int64_t part) const;
  double share_of(const BatchPart& part) const;
  PartLoss backward(const BatchPart& part, int worker);
  std::vector<PartLoss> backward_all(int64_t step);
  // backward_all(); with other processes, what all of them have found: gradients are summed, and a
  // signal to one is a signal to all.
  StepResult gather(int64_t step);
  // Applies the gradients, of this norm, after clipping them.
  void update(Optimizer& optimizer, double lr, double norm);

  Stage& stage_;
  const TrainOptions& options_;
  Lockstep lockstep_;
  Lockstep::Share share_;  // of this process of a batch
  int workers_;
  int64_t parts_;
  Optimizer optimizer_;
  std::optional<Optimizer> adversary_optimizer_;
  Ema ema_;
  // With other processes only.
  std::optional<GradientSum> gradient_sum_;
  std::optional<GradientSum> adversary_sum_;
};

}  // namespace gpst
