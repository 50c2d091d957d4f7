#include "train/patch_discriminator.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "tests/train/golden_losses.h"

namespace gpst {
namespace {

TEST(PatchDiscriminator, golden_logits_and_running_statistics) {
  const at::NoGradGuard no_gradients;
  const GoldenLosses golden;
  const PatchDiscriminator discriminator = golden.discriminator();
  const at::Tensor inputs = golden.tensor("inputs");
  discriminator.module().eval();
  EXPECT_TRUE(tensors_close(discriminator.logits(inputs), golden.tensor("disc_logits_eval"),
                            {.absolute = 1e-4}));
  discriminator.module().train();
  EXPECT_TRUE(tensors_close(discriminator.logits(inputs), golden.tensor("disc_logits_train"),
                            {.absolute = 1e-4}));
  for (const auto& [name, tensor] : named_state(discriminator.module())) {
    if (name.find("running_") == std::string::npos) continue;
    EXPECT_TRUE(tensors_close(tensor, golden.tensor("disc_after_train_forward." + name),
                              {.absolute = 1e-5, .relative = 1e-4}))
        << name;
  }
}

TEST(PatchDiscriminator, starts_as_published_from_its_seed) {
  const PatchDiscriminator a(1), same(1), other(2);
  const NamedTensors weights = named_state(a.module());
  EXPECT_TRUE(at::equal(weights[0].second, named_state(same.module())[0].second));
  EXPECT_FALSE(at::equal(weights[0].second, named_state(other.module())[0].second));
  for (const auto& [name, tensor] : weights) {
    if (!name.ends_with("weight")) continue;
    const bool norm = tensor.dim() == 1;
    EXPECT_NEAR(tensor.mean().item<double>(), norm ? 1.0 : 0.0, 0.01) << name;
    EXPECT_NEAR(tensor.std().item<double>(), 0.02, 0.005) << name;
  }
}

}  // namespace
}  // namespace gpst
