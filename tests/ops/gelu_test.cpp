#include "ops/gelu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "ops/cpu/token_kernel.h"
#include "tests/ops/levels.h"

namespace gpst {
namespace {

at::Tensor exact(const at::Tensor& x) {
  const at::Tensor v = x.to(at::kDouble);
  return v / (1 + at::exp(-1.5957691216057308 * (v + 0.044715 * v * v * v)));
}

TEST(GeluTanh, IsTheFormulaOverTheWholeRange) {
  const at::Tensor x = at::linspace(-12, 12, 10007);  // no multiple of any vector
  const at::Tensor expected = exact(x);
  const at::Tensor y = gelu_tanh_(x.clone());
  const at::Tensor off = (y.to(at::kDouble) - expected).abs();
  EXPECT_TRUE((off <= 1e-6 * expected.abs() + 1e-7).all().item<bool>()) << off.max();
  EXPECT_TRUE(y.to(at::kDouble).allclose(at::gelu(x.to(at::kDouble), "tanh"), 1e-6, 2e-7));
}

TEST(GeluTanh, RoundsBfloat16Once) {
  const at::Tensor x = at::linspace(-6, 6, 1003).to(at::kBFloat16);
  const at::Tensor once = gelu_tanh_(x.to(at::kFloat)).to(at::kBFloat16);
  EXPECT_TRUE(gelu_tanh_(x.clone()).equal(once));
}

TEST(GeluTanh, KeepsInfinityAndNan) {
  const float inf = std::numeric_limits<float>::infinity();
  const at::Tensor y = gelu_tanh_(at::tensor({inf, 100.0F, -100.0F, std::nanf("")}));
  EXPECT_EQ(y[0].item<float>(), inf);
  EXPECT_EQ(y[1].item<float>(), 100.0F);
  EXPECT_EQ(y[2].item<float>(), 0.0F);
  EXPECT_TRUE(y[3].isnan().item<bool>());
}

TEST(GeluTanh, EveryLevelGivesTheSame) {
  const at::Tensor x = at::linspace(-9, 9, 517), expected = exact(x);
  test::for_each_simd_level([&](auto level) {
    at::Tensor y = at::empty_like(x);
    cpu::gelu_tanh<level()>(x.numel(), x.const_data_ptr<float>(), y.mutable_data_ptr<float>());
    EXPECT_TRUE(y.to(at::kDouble).allclose(expected, 1e-6, 1e-7));
  });
}

TEST(GeluTanh, HasTheGradientOfTheFormula) {
  const at::Tensor x = at::linspace(-12, 12, 1001).requires_grad_();
  const at::Tensor weights = at::linspace(-1, 2, 1001);
  (gelu_tanh(x) * weights).sum().backward();
  const at::Tensor wide = x.detach().to(at::kDouble).requires_grad_();
  (at::gelu(wide, "tanh") * weights).sum().backward();
  EXPECT_TRUE(x.grad().to(at::kDouble).allclose(wide.grad(), 1e-5, 2e-6));
  const at::Tensor far = at::tensor({-1e20F, 1e20F}).requires_grad_();
  gelu_tanh(far).sum().backward();
  EXPECT_TRUE(far.grad().equal(at::tensor({0.0F, 1.0F})));
  EXPECT_FALSE(gelu_tanh(at::ones({3})).requires_grad());
}

TEST(GeluTanh, TakesStridedTensorsAndOtherTypes) {
  const at::Tensor x = at::linspace(-3, 3, 60).view({10, 6});
  EXPECT_TRUE(gelu_tanh_(x.t().clone().t()).allclose(at::gelu(x, "tanh"), 1e-5, 1e-6));
  EXPECT_EQ(gelu_tanh_(x.to(at::kDouble)).scalar_type(), at::kDouble);
}

}  // namespace
}  // namespace gpst
