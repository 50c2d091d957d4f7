#include "ops/modulated_tokens.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

// Three pictures of five tokens whose width is no multiple of a vector.
struct Inputs {
  Inputs() {
    at::manual_seed(1);
    x = at::randn({3, 5, 37}) * 2 + 1;
    y = at::randn({3, 5, 37});
    all = at::randn({3, 3 * 37});
    weights = at::randn({3, 5, 37});
  }
  std::vector<at::Tensor> modulation(const at::Tensor& from) const { return from.chunk(3, 1); }
  at::Tensor x, y, all, weights;  // all: shift, scale and gate as slices of one tensor
};

at::Tensor formula_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale) {
  return at::layer_norm(x, {x.size(2)}, {}, {}, kSitNormEps) * (scale.unsqueeze(1) + 1) +
         shift.unsqueeze(1);
}

std::vector<at::Tensor> doubles(const Inputs& in) {
  std::vector<at::Tensor> wide;
  for (const at::Tensor& t : {in.x, in.y, in.all}) {
    wide.push_back(t.detach().to(at::kDouble).requires_grad_());
  }
  return wide;
}

void expect_near(const at::Tensor& found, const at::Tensor& expected, double tolerance = 2e-5) {
  EXPECT_LT((found.to(at::kDouble) - expected).abs().max().item<double>(), tolerance);
}

TEST(ModulatedTokens, NormHasTheGradientsOfTheFormula) {
  Inputs in;
  in.x.requires_grad_();
  in.all.requires_grad_();
  const auto m = in.modulation(in.all);
  const at::Tensor norm = modulated_norm(in.x, m[0], m[1], at::kFloat);
  (norm * in.weights).sum().backward();
  const std::vector<at::Tensor> wide = doubles(in);
  const auto w = in.modulation(wide[2]);
  const at::Tensor expected = formula_norm(wide[0], w[0], w[1]);
  (expected * in.weights).sum().backward();
  expect_near(norm.detach(), expected.detach());
  expect_near(in.x.grad(), wide[0].grad());
  expect_near(in.all.grad(), wide[2].grad(), 1e-4);
}

TEST(ModulatedTokens, SumHasTheGradientsOfTheFormula) {
  Inputs in;
  for (at::Tensor* t : {&in.x, &in.y, &in.all}) t->requires_grad_();
  const at::Tensor sum = gated_sum(in.x, in.modulation(in.all)[2], in.y);
  (sum * in.weights).sum().backward();
  const std::vector<at::Tensor> wide = doubles(in);
  const at::Tensor expected = wide[0] + in.modulation(wide[2])[2].unsqueeze(1) * wide[1];
  (expected * in.weights).sum().backward();
  expect_near(sum.detach(), expected.detach());
  expect_near(in.x.grad(), wide[0].grad());
  expect_near(in.y.grad(), wide[1].grad());
  expect_near(in.all.grad(), wide[2].grad());
}

TEST(ModulatedTokens, HandsOverBfloat16ToTheProducts) {
  Inputs in;
  in.x.requires_grad_();
  const auto m = in.modulation(in.all);
  const at::Tensor norm = modulated_norm(in.x, m[0], m[1], at::kBFloat16);
  EXPECT_EQ(norm.scalar_type(), at::kBFloat16);
  const at::Tensor sum = gated_sum(in.x, m[2], norm);
  EXPECT_EQ(sum.scalar_type(), at::kFloat);
  sum.sum().backward();
  const at::Tensor rough = in.x.grad().clone();
  in.x.mutable_grad().reset();
  gated_sum(in.x, m[2], modulated_norm(in.x, m[0], m[1], at::kFloat)).sum().backward();
  EXPECT_TRUE(rough.allclose(in.x.grad(), 0.05, 0.05));
}

TEST(ModulatedTokens, OtherTypesTakeThePlainOps) {
  const Inputs in;
  const auto m = in.modulation(in.all.to(at::kDouble));
  const at::Tensor norm = modulated_norm(in.x.to(at::kDouble), m[0], m[1], at::kDouble);
  expect_near(norm, formula_norm(in.x.to(at::kDouble), m[0], m[1]), 1e-12);
}

TEST(ModulatedTokens, RefusesASecondDerivative) {
  Inputs in;
  in.x.requires_grad_();
  const auto m = in.modulation(in.all);
  const at::Tensor loss = modulated_norm(in.x, m[0], m[1], at::kFloat).square().sum();
  loss.backward({}, /*retain_graph=*/std::nullopt, /*create_graph=*/true);
  EXPECT_THROW(in.x.grad().sum().backward(), Error);
}

}  // namespace
}  // namespace gpst
