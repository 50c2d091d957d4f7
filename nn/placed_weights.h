// The weights of a model in another place, for inference.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace torch::nn {
class Module;
}

namespace gpst {

// Gives `to`, a module of the same structure, the parameters and buffers of `from` on `device`:
// those that are there already are shared, the others copied. What `to` had before is dropped. None
// require a gradient. DeviceError as load_cuda_ops() (ops/device.h).
void place_weights(const torch::nn::Module& from, torch::nn::Module& to, at::Device device);

// A parameter or buffer becomes `by`, whatever the devices and sizes, and requires no gradient.
void replace_weight(const at::Tensor& weight, const at::Tensor& by);

// Lets go of a weight that an outer or a prepared layer holds in a form of its own: what stays
// under its name is empty, on the same device. The module can only be used in that form afterwards.
void drop_weight(const at::Tensor& weight);

// ConfigError unless models can compute in `type`: float32 or bfloat16.
void check_model_type(at::ScalarType type);

}  // namespace gpst
