// A convolution with bias and ReLU of a frozen network: relu(conv(x, weight) + bias).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <vector>

namespace gpst {

struct ConvolutionPlace {
  std::vector<int64_t> stride = {1, 1};   // [height,width]
  std::vector<int64_t> padding = {0, 0};  // [height,width]
  // The input it is prepared for, [B,in,H,W]; maps of other sizes take a plain convolution.
  std::vector<int64_t> input = {};
};

// Channels last throughout. On the CPU the weight is kept in oneDNN's own layout and ReLU is
// applied to the accumulators.
class ReluConvolution {
 public:
  ReluConvolution(const at::Tensor& weight /* [out,in,h,w] f32 */, at::Tensor bias /* [out] f32 */,
                  ConvolutionPlace place);

  // x [B,in,H,W] f32 -> [B,out,H',W']. Where gradients are recorded and x requires one, a plain
  // convolution that can be differentiated in x.
  at::Tensor operator()(const at::Tensor& x) const;

  ReluConvolution to(at::Device device) const;
  at::Device device() const { return weight_.device(); }

 private:
  bool is_prepared_for(const at::Tensor& x) const;

  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor prepared_;  // the weight in oneDNN's layout, or undefined where oneDNN is not in use
  ConvolutionPlace place_;
};

}  // namespace gpst
