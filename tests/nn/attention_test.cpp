#include "nn/attention.h"

#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(Attention, IsTheOneOfLibTorch) {
  at::manual_seed(1);
  const int64_t heads = 3, head = 4;
  const at::Tensor qkv = at::randn({2, 7, 3 * heads * head}, at::kDouble);
  const at::Tensor split = qkv.view({2, 7, 3, heads, head}).permute({2, 0, 3, 1, 4});
  const at::Tensor expected = at::scaled_dot_product_attention(split[0], split[1], split[2])
                                  .transpose(1, 2)
                                  .reshape({2, 7, heads * head});
  EXPECT_TRUE(multi_head_attention(qkv, heads).allclose(expected, 1e-10, 1e-12));
}

TEST(Attention, GradientIsTheNumericOne) {
  at::manual_seed(2);
  at::Tensor qkv = at::randn({1, 4, 12}, at::kDouble).requires_grad_();
  const at::Tensor direction = at::randn({1, 4, 12}, at::kDouble);
  const at::Tensor weight = at::randn({1, 4, 4}, at::kDouble);
  const auto value = [&](const at::Tensor& x) {
    return (multi_head_attention(x, 2) * weight).sum();
  };
  value(qkv).backward();
  const at::Tensor analytic = (qkv.grad() * direction).sum();
  const at::Tensor x = qkv.detach();
  const at::Tensor numeric = (value(x + direction * 1e-5) - value(x - direction * 1e-5)) / 2e-5;
  EXPECT_NEAR(analytic.item<double>(), numeric.item<double>(), 1e-8);
}

}  // namespace
}  // namespace gpst
