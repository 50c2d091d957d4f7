// Inception v3 of 2015-12-05 (inception_graph.h): the features that FID, sFID, IS, KID and
// precision and recall are computed from.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gpst {

class InceptionNet;

// All f32.
struct InceptionFeatures {
  at::Tensor pool;     // [B,2048] mean over the last map
  at::Tensor spatial;  // [B,2023] first 7 channels of Mixed_6d.branch1x1, 17x17, order y,x,channel
  at::Tensor logits;   // [B,1008] pool W^T, without the bias
};

// Sees the result of every stage in order: "Conv2d_1a_3x3", "MaxPool_1", ..., "Mixed_7c".
using InceptionTap = std::function<void(std::string_view stage, const at::Tensor& map)>;

// Frozen weights with the batch norms folded into the convolutions. Copies share them; const
// methods are safe on any threads.
class Inception {
 public:
  // A safetensors file with the names of the usual port ("Mixed_5b.branch1x1.conv.weight", ...).
  // Half types are converted; a norm's weight may be absent (1); other names are passed over.
  // InputError that lists the tensors that are missing or have another shape, with both shapes.
  static Inception load(const std::string& path);

  Inception to(at::Device device) const;  // DeviceError as load_cuda_ops() (ops/device.h)
  at::Device device() const;

  // x [B,3,299,299] f32 on device() (inception_input.h). Differentiable in x: where gradients are
  // recorded and x requires one, plain convolutions run instead of the prepared ones.
  InceptionFeatures features(const at::Tensor& x, const InceptionTap& tap = {}) const;

  at::Tensor logits_bias() const;  // [1008], what `logits` leaves out

 private:
  explicit Inception(std::shared_ptr<const InceptionNet> net) : net_(std::move(net)) {}
  std::shared_ptr<const InceptionNet> net_;
};

}  // namespace gpst
