// How far a training is: what state.json of a checkpoint keeps beside configuration and weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train/training_step.h"

namespace gpst {

struct TrainingProgress {
  struct Best {
    int64_t step = 0;
    double value = 0;  // of the first held-out metric
  };

  int64_t step = 0;
  double seconds = 0;      // of all runs so far
  StepResult latest = {};  // of the model's last step, and the last value of every metric
  std::optional<Best> best = {};

  // Takes over what a step brought. Steps that train the adversary alone say nothing of the model:
  // its loss and what only the other steps have stay as they were.
  void remember(const StepResult& result);

  // Whether the averaged weights of this step are better than those of all before by the first
  // held-out metric; if so it is the best from now on. What is not a number is never better.
  bool take_best(const Metrics& held_out);

  // A JSON object with the keys step, seconds, loss, latest and, where there is one, best.
  std::string to_json() const;
  // From a text that has these keys among others; checkpoints of earlier programs lack some.
  static TrainingProgress from_json(const std::string& text);
};

}  // namespace gpst
