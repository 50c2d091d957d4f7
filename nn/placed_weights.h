// The weights of a model on another device and in other types, for inference.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <functional>
#include <string_view>

namespace torch::nn {
class Module;
}

namespace gpst {

// What becomes of weights that are on the right device and of the right type already: a copy, or
// the same memory, for those who know that nobody will change it.
enum class RightWeights { copied, shared };

// Gives `to`, a module of the same structure, copies of the parameters and buffers of `from` on
// `device`; a floating one in type_of(its name). What `to` had before is dropped. The copies
// require no gradient. DeviceError as load_cuda_ops() (ops/device.h).
void place_weights(const torch::nn::Module& from, torch::nn::Module& to, at::Device device,
                   const std::function<at::ScalarType(std::string_view name)>& type_of,
                   RightWeights right = RightWeights::copied);

// ConfigError unless models can compute in `type`: float32 or bfloat16.
void check_model_type(at::ScalarType type);

}  // namespace gpst
