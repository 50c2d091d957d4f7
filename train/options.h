// Options that the three training stages share: the `train:` section of a configuration.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "base/config.h"
#include "nn/ema.h"

namespace gpst {

struct TrainOptions {
  // Published keys.
  double lr = 5e-5;
  int64_t batch_size = 16;
  int64_t grad_accumulation = 1;
  int64_t iterations = 1000000;
  int64_t log_interval = 100;
  int64_t save_interval = 1000;
  int64_t eval_interval = 1000;
  // Ours; the defaults are what the published program does.
  std::string optimizer = "adam";  // adam | adamw (decoupled weight decay) | muon (train/muon.h)
  double beta1 = 0.5;
  double beta2 = 0.9;
  double weight_decay = 0;
  int64_t warmup = 0;                 // steps in which the rate grows linearly from 0
  std::string schedule = "constant";  // constant | cosine (to 0 at `iterations`)
  int64_t cooldown = 0;  // last steps of a constant rate in which it falls linearly to 0
  double clip_norm = 0;  // gradients are scaled down to this norm; 0: never
  EmaOptions ema;
  bool activation_checkpointing = false;  // blocks are computed again in the backward pass
  int64_t keep_checkpoints = 2;
  int64_t eval_count = 256;  // held-out examples that are looked at every eval_interval
  // Not keys of this section: every command has --dtype, --seed, --device and --threads.
  std::string dtype = "fp32";  // fp32 | bf16 | auto (bf16 where the device computes in it)
  int64_t seed = 0;
  at::Device device = at::kCPU;
  int loading_threads = 1;  // that make the next batch while a GPU computes

  void visit(FieldVisitor& visitor);
};

// Rate of step `step` (1, 2, ...).
double learning_rate(const TrainOptions& options, int64_t step);

// Whether matrix products and convolutions run in bfloat16 on this device.
bool uses_bfloat16(const TrainOptions& options);

}  // namespace gpst
