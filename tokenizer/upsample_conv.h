// Nearest 2x enlargement and the 3x3 convolution after it, as one layer.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "tokenizer/layers.h"

namespace gpst {

// Four neighbours of the enlarged map are copies of one pixel, so each of the four outputs over a
// pixel is a 2x2 convolution of the small map, with the 3x3 weights that fall on the same pixel
// added up. Same result with 4/9 of the products, and the enlarged map is never formed.
// State: conv.weight [out,in,3,3], conv.bias [out]. Frozen: the sums are taken once, in float32.
class UpsampleConv : public torch::nn::Module, public Freezable {
 public:
  UpsampleConv(int64_t in, int64_t out);
  at::Tensor forward(const at::Tensor& x /*[B,in,H,W]*/) const;  // [B,out,2H,2W]
  void freeze(at::ScalarType type) override;

 private:
  at::Tensor forward_frozen(const at::Tensor& x) const;

  int64_t out_;
  std::shared_ptr<ConvLayer> conv_;
  // All four as one convolution of weight [4*out,in,2,2], output (a,b) at 2*a+b.
  std::optional<PreparedConvolution> frozen_;
};

}  // namespace gpst
