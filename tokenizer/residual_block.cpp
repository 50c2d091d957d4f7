#include "tokenizer/residual_block.h"

#include <ATen/ATen.h>

namespace gpst {

ResidualBlock::ResidualBlock(const ResidualBlockOptions& o) {
  norm1_ = register_module("norm1", std::make_shared<NormLayer>(o.in, o.groups, o.norm));
  conv1_ = register_module("conv1", std::make_shared<ConvLayer>(o.in, o.out, 3));
  if (o.time_channels > 0) {
    const auto unused = std::make_shared<Affine>(o.time_channels, o.out);
    for (at::Tensor& parameter : unused->parameters()) parameter.set_requires_grad(false);
    register_module("temb_proj", unused);
  }
  norm2_ = register_module("norm2", std::make_shared<NormLayer>(o.out, o.groups, o.norm));
  conv2_ = register_module("conv2", std::make_shared<ConvLayer>(o.out, o.out, 3));
  if (o.in != o.out) {
    shortcut_ = register_module("nin_shortcut", std::make_shared<ConvLayer>(o.in, o.out, 1));
  }
}

at::Tensor ResidualBlock::forward(const at::Tensor& x, int64_t tiles) const {
  return run(*this, {x},
             [this, tiles](const auto& inputs) { return compute(inputs.front(), tiles); });
}

at::Tensor ResidualBlock::compute(const at::Tensor& x, int64_t tiles) const {
  // One map at a time beside x: each step lets go of what the step before made.
  at::Tensor h = norm1_->forward(x, Activation::silu, tiles);
  h = conv1_->forward(h);
  h = norm2_->forward(h, Activation::silu, tiles);
  h = conv2_->forward(h);
  return h.add_(shortcut_ ? shortcut_->forward(x) : x);
}

}  // namespace gpst
