#include "train/options.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/system.h"

namespace gpst {

void TrainOptions::visit(FieldVisitor& v) {
  constexpr double kMany = 1e12;
  v.field({.name = "lr", .help = "learning rate", .min = 0, .max = kMany}, lr);
  v.field({.name = "batch_size", .help = "examples a step", .min = 1, .max = 65536}, batch_size);
  v.field({.name = "grad_accumulation",
           .help = "parts a step's batch is computed in, one after another",
           .min = 1,
           .max = 65536},
          grad_accumulation);
  v.field({.name = "iterations", .help = "steps", .min = 1, .max = kMany}, iterations);
  v.field({.name = "log_interval", .help = "steps between rows of metrics.csv", .min = 1},
          log_interval);
  v.field({.name = "save_interval", .help = "steps between checkpoints", .min = 1}, save_interval);
  v.field({.name = "eval_interval", .help = "steps between looks at held-out data", .min = 1},
          eval_interval);
  v.field({.name = "optimizer", .help = "optimiser", .choices = {"adam", "adamw", "muon"}},
          optimizer);
  v.field({.name = "beta1", .help = "decay of the gradient's mean", .min = 0, .max = 1}, beta1);
  v.field({.name = "beta2", .help = "decay of its square's mean", .min = 0, .max = 1}, beta2);
  v.field({.name = "weight_decay", .help = "weight decay", .min = 0, .max = 10}, weight_decay);
  v.field({.name = "warmup", .help = "steps of linear warm-up", .min = 0, .max = kMany}, warmup);
  v.field({.name = "schedule",
           .help = "learning rate after the warm-up",
           .choices = {"constant", "cosine"}},
          schedule);
  v.field({.name = "cooldown",
           .help = "last steps of a constant rate in which it falls linearly to 0",
           .min = 0,
           .max = kMany},
          cooldown);
  v.field({.name = "clip_norm", .help = "largest norm of the gradient; 0: any", .min = 0},
          clip_norm);
  group(v, "ema", "moving average of the weights, which is what is used", ema);
  v.field({.name = "activation_checkpointing",
           .help = "compute blocks again in the backward pass: less memory, more time"},
          activation_checkpointing);
  v.field({.name = "keep_checkpoints",
           .help = "latest checkpoints kept, beside the best",
           .min = 1,
           .max = 100000},
          keep_checkpoints);
  v.field({.name = "eval_count", .help = "held-out examples looked at", .min = 1, .max = kMany},
          eval_count);
}

double learning_rate(const TrainOptions& options, int64_t step) {
  if (step <= options.warmup) {
    return options.lr * static_cast<double>(step) / static_cast<double>(options.warmup);
  }
  if (options.schedule == "constant") {
    const auto left = static_cast<double>(options.iterations - step + 1);
    return options.lr * std::min(1.0, left / static_cast<double>(options.cooldown + 1));
  }
  const int64_t length = std::max<int64_t>(1, options.iterations - options.warmup);
  const double part = static_cast<double>(step - options.warmup) / static_cast<double>(length);
  return options.lr * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, part)));
}

bool uses_bfloat16(const TrainOptions& options) {
  if (options.dtype != "auto") return options.dtype == "bf16";
  if (!options.device.is_cpu()) return true;  // every GPU this program has kernels for
  const CpuFeatures features = cpu_features();
  return features.amx_bf16 || features.avx512_bf16;
}

}  // namespace gpst
