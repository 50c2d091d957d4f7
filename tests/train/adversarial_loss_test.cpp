#include "train/adversarial_loss.h"

#include <gtest/gtest.h>

#include "tests/train/golden_losses.h"

namespace gpst {
namespace {

TEST(AdversarialLoss, golden_values) {
  const GoldenLosses golden;
  const at::Tensor real = golden.tensor("logits_real"), fake = golden.tensor("logits_fake");
  const auto& expected = golden.json.at("gan");
  const auto near = [&](const at::Tensor& loss, const char* name) {
    const double value = expected.at(name);
    EXPECT_NEAR(loss.item<double>(), value, 1e-4 * std::abs(value)) << name;
  };
  near(discriminator_loss(real, fake, GanLoss::hinge), "hinge");
  near(discriminator_loss(real, fake, GanLoss::vanilla), "vanilla");
  near(generator_loss(fake), "g_loss");
}

TEST(AdversarialLoss, the_weight_balances_gradients_and_leaves_the_graphs) {
  const at::Tensor w = at::ones({3}).requires_grad_();
  const at::Tensor x = w * 2;
  const at::Tensor a = (3 * x).sum(), b = (0.5 * x).sum();
  EXPECT_NEAR(adaptive_weight(a, b, w).item<double>(), 6.0, 1e-2);
  EXPECT_NEAR(adaptive_weight(a, 0 * b, w).item<double>(), 1e4, 1e-6) << "bounded";
  EXPECT_FALSE(w.grad().defined());
  (a + b).backward();
  EXPECT_NEAR(w.grad()[0].item<double>(), 7, 1e-6);
}

}  // namespace
}  // namespace gpst
