// What the trainer needs to know of the model it trains. Tokenizer, layout and texture model are
// stages; the trainer does the rest.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/ema.h"
#include "train/metrics_log.h"

namespace torch::nn {
class Module;
}

namespace gpst {

// A part of the batch of one step. Examples are numbered through the whole training: step s (1, 2,
// ...) of batch size b has examples (s-1) b ... s b - 1, and everything random about an example
// follows from its number, so neither threads nor a resume change it.
struct BatchPart {
  int64_t step = 0;
  int64_t first = 0;  // number of the part's first example
  int64_t count = 0;
};

struct PartLoss {
  at::Tensor loss;  // [] mean over the part, to be differentiated
  Metrics metrics;  // means over the part, of Stage::train_metrics those that the step has
};

// What a step updates. A stage may have an adversary: a network that learns against the model.
struct StepTargets {
  bool model = true;
  bool adversary = false;
};

class Stage {
 public:
  virtual ~Stage() = default;

  virtual std::string name() const = 0;  // "tokenizer", "layout", "texture"
  virtual torch::nn::Module& model() = 0;
  // Copies whose parameters share the model's memory, one a worker; worker 0 is the model itself.
  virtual torch::nn::Module& replica(int worker) = 0;
  // Makes replicas for so many workers. Called once, before training.
  virtual void prepare_workers(int workers) = 0;

  virtual std::vector<std::string> train_metrics() const = 0;
  // Loss of a part on the replica of `worker`; called from several threads at once.
  virtual PartLoss loss(const BatchPart& part, int worker) = 0;

  // Whether there is an adversary in step `step`; once there is one it stays.
  virtual bool has_adversary(int64_t /*step*/) const { return false; }
  virtual StepTargets targets(int64_t /*step*/) const { return {}; }
  // Makes the adversary, and replicas that share its parameters. Called once, after
  // prepare_workers() and before the first step that has one.
  virtual void start_adversary() {}
  virtual torch::nn::Module& adversary(int /*worker*/) { return model(); }
  // Its learning rate is that of the model times this.
  virtual double adversary_lr_factor() const { return 1; }

  // The first one decides which checkpoint is the best: the lowest of a name that ends in "loss",
  // the highest of any other.
  virtual std::vector<std::string> held_out_metrics() const = 0;
  // The averaged weights on held-out data.
  virtual Metrics evaluate(const Ema& ema, int threads) = 0;
  // A picture of how far training is.
  virtual void write_samples(const Ema& ema, const std::filesystem::path& png) = 0;

  // What must travel with the weights: recorded in every checkpoint's state.json and in the
  // metadata of exported weights. JSON object.
  virtual std::string record_json() const = 0;

  // For how long workers have waited for data so far, seconds, added up over them.
  virtual double data_seconds() const { return 0; }

  // Inputs that could not be used and were passed over.
  virtual int64_t rejected_inputs() const { return 0; }
};

}  // namespace gpst
