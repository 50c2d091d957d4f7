#include "texture_gen/texture_target.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

// Valid geometry (sigma inside its bounds) and three features.
at::Tensor some_tokens() {
  at::manual_seed(1);
  at::Tensor tokens = at::rand({2, 4, 8}) * 0.5 + 0.2;
  return tokens;
}

ChannelStatistics some_statistics() {
  return {.mean = {0, 0.1, 0, 0, 0, 1, 2, 3}, .std = {0.1, 0.2, 1, 0.1, 0.1, 2, 2, 2}};
}

TEST(TextureTarget, SamplesOfTheTargetAreTheTokens) {
  const at::Tensor tokens = some_tokens(), initial = some_tokens().narrow(2, 0, 5) + 0.05;
  const at::Tensor target = texture_target(tokens, initial, some_statistics());
  EXPECT_EQ(target.sizes(), at::IntArrayRef({2, 8, 4, 1}));
  const Tokens again = tokens_from_sample(target, Layout(initial), some_statistics());
  EXPECT_TRUE(again.values().allclose(tokens, 1e-5, 1e-6));
}

TEST(TextureTarget, GeometryIsThePlainDifference) {
  const at::Tensor tokens = some_tokens(), initial = at::full({2, 4, 5}, 0.25);
  const at::Tensor values = texture_values(tokens, initial);
  EXPECT_TRUE(values.narrow(2, 0, 5).allclose(tokens.narrow(2, 0, 5) - 0.25));
  EXPECT_TRUE(values.narrow(2, 5, 3).equal(tokens.narrow(2, 5, 3)));
}

TEST(TextureTarget, SamplesAreClampedToValidGaussians) {
  const at::Tensor initial = at::full({1, 2, 5}, 0.5);
  at::Tensor sample = at::zeros({1, 8, 2, 1});
  sample.narrow(2, 0, 1).fill_(1000);
  sample.narrow(2, 1, 1).fill_(-1000);
  const Tokens tokens = tokens_from_sample(sample, Layout(initial), some_statistics());
  EXPECT_FLOAT_EQ(tokens.sigma().max().item<float>(), 0.99999f);
  EXPECT_FLOAT_EQ(tokens.sigma().min().item<float>(), 1e-5f);
  EXPECT_FLOAT_EQ(tokens.rho().max().item<float>(), 0.99999f);
  EXPECT_FLOAT_EQ(tokens.rho().min().item<float>(), -0.99999f);
  EXPECT_GT(tokens.mean().max().item<float>(), 50);  // means are left alone
}

TEST(TextureTarget, RefusesTokensOfAnotherLayout) {
  EXPECT_THROW(texture_values(some_tokens(), at::ones({2, 3, 5})), InputError);
}

TEST(NoisyCondition, LeavesConstantChannelsAlone) {
  const at::Tensor initial = at::zeros({1, 2, 5}), noise = at::ones({1, 2, 5});
  const at::Tensor deviation = at::tensor({1.0, 2.0, 0.0, 4.0, 4.0}).to(at::kFloat);
  const at::Tensor noisy = noisy_condition(initial, noise, deviation, 0.5);
  EXPECT_TRUE(noisy[0][1].equal(at::tensor({0.5, 1.0, 0.0, 2.0, 2.0}).to(at::kFloat)));
}

}  // namespace
}  // namespace gpst
