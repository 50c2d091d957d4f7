#include "train/reconstruction_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "train/autocast.h"

namespace gpst {
namespace {

TEST(MeanSsim, one_for_equal_pictures_and_less_for_others) {
  at::manual_seed(1);
  const at::Tensor a = at::rand({2, 3, 16, 12}) * 2 - 1;
  EXPECT_NEAR(mean_ssim(a, a).item<double>(), 1, 1e-6);
  EXPECT_LT(mean_ssim(a, at::rand({2, 3, 16, 12}) * 2 - 1).item<double>(), 0.2);
}

TEST(MeanSsim, is_the_formula) {
  at::manual_seed(2);
  const at::Tensor a = at::rand({1, 1, 7, 7}, at::kDouble) * 2 - 1;
  const at::Tensor b = at::rand({1, 1, 7, 7}, at::kDouble) * 2 - 1;
  const double ma = a.mean().item<double>(), mb = b.mean().item<double>();
  const double va = (a - ma).square().mean().item<double>();
  const double vb = (b - mb).square().mean().item<double>();
  const double cov = ((a - ma) * (b - mb)).mean().item<double>();
  const double c1 = 0.02 * 0.02, c2 = 0.06 * 0.06;
  const double expected =
      (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
  EXPECT_NEAR(mean_ssim(a, b).item<double>(), expected, 1e-12);
}

// The formula again, its means by pooling, in the type of `a`.
at::Tensor pooled_ssim(const at::Tensor& a, const at::Tensor& b) {
  const auto mean = [](const at::Tensor& x) { return at::avg_pool2d(x, 7, 1); };
  const at::Tensor ma = mean(a), mb = mean(b);
  const at::Tensor va = mean(a * a) - ma * ma, vb = mean(b * b) - mb * mb;
  const at::Tensor cov = mean(a * b) - ma * mb;
  const double c1 = 0.02 * 0.02, c2 = 0.06 * 0.06;
  return ((2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))).mean();
}

TEST(MeanSsim, windows_and_gradient_are_those_of_pooling) {
  at::manual_seed(3);
  const at::Tensor b = at::rand({2, 3, 20, 13}, at::kDouble) * 2 - 1;
  const at::Tensor start = b + 0.3 * at::randn({2, 3, 20, 13}, at::kDouble);
  const at::Tensor a = start.clone().requires_grad_(), pooled = start.clone().requires_grad_();
  const at::Tensor ours = mean_ssim(a, b), theirs = pooled_ssim(pooled, b);
  EXPECT_NEAR(ours.item<double>(), theirs.item<double>(), 1e-12);
  ours.backward();
  theirs.backward();
  EXPECT_LT((a.grad() - pooled.grad()).abs().max().item<double>(), 1e-12);
}

TEST(MeanSsim, stays_float32_under_autocast) {
  at::manual_seed(4);
  const at::Tensor a = at::rand({2, 3, 16, 16}) * 2 - 1, b = a + 0.01 * at::randn({2, 3, 16, 16});
  const double plain = mean_ssim(a, b).item<double>();
  const Autocast autocast(true, at::kCPU);
  EXPECT_EQ(mean_ssim(a, b).item<double>(), plain);
}

TEST(GradientDistance, is_the_mean_of_the_differences_of_neighbours) {
  const at::Tensor a = at::tensor({1.0, 2.0, 4.0, 8.0}).view({1, 1, 2, 2});
  const at::Tensor b = at::zeros({1, 1, 2, 2});
  // Down: 3 and 6, across: 1 and 4.
  EXPECT_NEAR(gradient_distance(a, b).item<double>(), 4.5 + 2.5, 1e-6);
  EXPECT_EQ(gradient_distance(a + 5, a).item<double>(), 0) << "a shift has no gradient";
}

}  // namespace
}  // namespace gpst
