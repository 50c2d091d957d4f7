#include "tokenizer/upsample_conv.h"

#include <ATen/ATen.h>

#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

at::Tensor waves(at::IntArrayRef shape, double frequency) {
  return at::arange(c10::multiply_integers(shape), at::kFloat).mul(frequency).sin().view(shape);
}

at::Tensor plain(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor large = at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
  return at::conv2d(large, weight, bias, 1, 1);
}

TEST(UpsampleConv, IsEnlargementThenConvolutionAndSoIsItsGradient) {
  UpsampleConv layer(3, 5);
  const auto parameters = layer.named_parameters();
  at::Tensor weight = parameters["conv.weight"], bias = parameters["conv.bias"];
  weight.detach().copy_(waves(weight.sizes(), 0.7));
  bias.detach().copy_(waves(bias.sizes(), 1.3));
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2, 3, 4, 6}, {1, 3, 1, 1}}) {
    const at::Tensor x = waves(shape, 0.9).requires_grad_();
    const at::Tensor expected = plain(x, weight, bias);
    const at::Tensor actual = layer.forward(x);
    EXPECT_TRUE(tensors_close(actual, expected, {.relative = 1e-6}));
    const at::Tensor direction = waves(expected.sizes(), 0.31);
    const auto gradients = [&](const at::Tensor& of) {
      for (const at::Tensor& leaf : {x, weight, bias}) leaf.mutable_grad().reset();
      of.backward(direction);
      return std::vector{x.grad(), weight.grad(), bias.grad()};
    };
    const auto expected_gradients = gradients(expected), actual_gradients = gradients(actual);
    for (size_t i = 0; i < expected_gradients.size(); ++i) {
      EXPECT_TRUE(tensors_close(actual_gradients[i], expected_gradients[i], {.relative = 1e-5}));
    }
  }
}

TEST(UpsampleConv, KeepsTheMemoryFormat) {
  UpsampleConv layer(4, 8);
  const at::Tensor x = waves({1, 4, 6, 6}, 0.9);
  EXPECT_TRUE(layer.forward(x).is_contiguous());
  const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(layer.forward(last).is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace gpst
