// Weights between torch::nn modules and safetensors files (formats.md, "weights").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors.h"

namespace torch::nn {
class Module;
}

namespace gpst {

class Log;

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// A copy of a stored tensor, in its stored type.
at::Tensor to_tensor(const TensorView& view);
// The same as float32; float16 and bfloat16 convert exactly.
at::Tensor to_tensor_f32(const TensorView& view);

DType dtype_of(at::ScalarType type);
at::ScalarType scalar_type_of(DType type);

// Parameters and buffers of a module under their full names, in order of registration.
// They are the module's own tensors, not copies.
NamedTensors named_state(const torch::nn::Module& module);

struct LoadOptions {
  // What stands before the module's names in the file. Empty: `ema_model.` where the file uses it
  // (the published exports of an averaged model), else nothing.
  std::string prefix = {};
  // Names in the file that no module needs. Beside these, `online_model.*`, `initted`, `step` and
  // `*.num_batches_tracked` are always passed over.
  std::vector<std::string> ignored_prefixes = {};
  std::vector<std::string> ignored_suffixes = {};
  // For a model that nobody will train: float32 weights stay in the mapped file, and only become
  // memory of the process when they are read, until they are dropped. Writing to them is a crash.
  bool in_file = false;
  // A tensor that is larger in the model, in any dimension, takes the stored values at its
  // beginning and keeps its own behind them: a model with more channels starts from a smaller one.
  bool grow = false;
};

struct WeightsReport {
  int64_t loaded = 0;
  int64_t grown = 0;               // of them larger in the model (LoadOptions::grow)
  std::vector<std::string> extra;  // in the file, in no module: one warning names their count
};

// Fills every parameter and buffer of `module` from the file, converted to the type the module
// has, in place but for LoadOptions::in_file. InputError, before anything is changed, when a tensor
// is absent or has another shape: the message lists the names and both shapes.
WeightsReport load_weights(torch::nn::Module& module, const SafetensorsFile& file,
                           const LoadOptions& options, Log& log);

// Writes the tensors as they are (any strides, any device), the file atomically.
void save_tensors(const std::string& path, const NamedTensors& tensors,
                  const Metadata& metadata = {});

// Writes named_state(module); floating-point tensors are converted to `type`.
void save_weights(const std::string& path, const torch::nn::Module& module, DType type,
                  const Metadata& metadata = {});

}  // namespace gpst
