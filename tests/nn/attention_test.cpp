#include "nn/attention.h"

#include <gtest/gtest.h>

#include "tests/support/signal_ratio.h"

namespace gpst {
namespace {

TEST(Attention, IsSoftmaxOfScaledProducts) {
  at::manual_seed(1);
  const int64_t heads = 3, head = 4;
  const at::Tensor qkv = at::randn({2, 7, 3 * heads * head}, at::kDouble);
  const at::Tensor split = qkv.view({2, 7, 3, heads, head}).permute({2, 0, 3, 1, 4});
  // Written out in full: weights of every query over all keys.
  const at::Tensor scores = at::einsum("nhqd,nhkd->nhqk", {split[0], split[1]}) / 2;  // sqrt(4)
  const at::Tensor weights = scores.exp() / scores.exp().sum(-1, true);
  const at::Tensor expected =
      at::einsum("nhqk,nhkd->nqhd", {weights, split[2]}).reshape({2, 7, heads * head});
  EXPECT_TRUE(multi_head_attention(qkv, heads).allclose(expected, 1e-10, 1e-12));
  const at::Tensor trained = qkv.clone().requires_grad_();
  EXPECT_TRUE(multi_head_attention(trained, heads).allclose(expected, 1e-10, 1e-12));
}

TEST(Attention, ProductsInSlicesAreTheWhole) {
  at::manual_seed(3);
  const at::Tensor q = at::randn({5, 2, 6, 4}), k = at::randn({5, 2, 6, 4});
  const at::Tensor v = at::randn({5, 2, 6, 4});
  const at::Tensor expected = at::scaled_dot_product_attention(q, k, v);
  const int64_t row_bytes = 2 * 6 * 6 * 4;
  for (const int64_t bytes : {int64_t{0}, 2 * row_bytes, 100 * row_bytes}) {
    EXPECT_TRUE(attention_by_products(q, k, v, bytes).allclose(expected, 1e-5, 1e-6)) << bytes;
  }
  // The error of bfloat16 scores is of the size of bfloat16 itself.
  const auto narrow = [](const at::Tensor& x) { return x.to(at::kBFloat16); };
  const at::Tensor rough = attention_by_products(narrow(q), narrow(k), narrow(v));
  EXPECT_GT(signal_ratio_db(rough, expected), 40);
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
