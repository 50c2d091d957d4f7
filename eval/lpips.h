// LPIPS v0.1 (Zhang et al. 2018), the perceptual distance of two pictures:
//   sum over taps k of mean over pixels of sum_c w_kc (u_kc(a) - u_kc(b))^2,
// u_k = x_k / (|x_k| + 1e-10) with the norm over channels, x_k the trunk's tap of
// (picture - (-.030,-.088,-.188)) / (.458,.448,.450), w_k the linear layer of the tap.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eval/lpips_graph.h"

namespace gpst {

class LpipsTrunk;

// Frozen weights. Copies share them; const methods are safe on any threads.
class Lpips {
 public:
  // One safetensors file with trunk and linear layers, or two with one each, in any order. Names as
  // torchvision's trunks and the lpips package have them (`features.0.weight`,
  // `lin0.model.1.weight`), or as the state dict of a whole LPIPS module (`net.slice1.0.weight`,
  // `lins.0.model.1.weight`, and shorter forms: lpips_weights.h). Which trunk it is follows from
  // the shape of its first convolution. Half types are converted; other names are passed over.
  // InputError that lists the tensors that are missing or have another shape, with both shapes.
  static Lpips load(const std::vector<std::string>& paths);

  LpipsNet net() const;
  Lpips to(at::Device device) const;  // DeviceError as load_cuda_ops() (ops/device.h)
  at::Device device() const;

  // a, b [B,3,H,W] f32 in [-1,1] on device(), one size, no side below smallest_side(net()) -> [B].
  // Differentiable in both; where features vanish altogether the gradient is 0. Rows do not
  // influence each other, but a convolution may round differently in another B.
  at::Tensor distance(const at::Tensor& a, const at::Tensor& b) const;

  // The five taps of x [B,3,H,W], before they are normalised: [B,C_k,H_k,W_k].
  std::vector<at::Tensor> taps(const at::Tensor& x) const;

 private:
  explicit Lpips(std::shared_ptr<const LpipsTrunk> trunk) : trunk_(std::move(trunk)) {}
  std::shared_ptr<const LpipsTrunk> trunk_;
};

}  // namespace gpst
