#include "nn/sit.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "base/error.h"
#include "nn/placed_weights.h"
#include "nn/weights.h"
#include "tests/nn/busy_sit.h"
#include "tests/support/meta_ops.h"

namespace gpst {
namespace {

constexpr int64_t kConditionChannels = 5;

at::Tensor labels(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

TEST(SitOptions, NamedSizesSetTheNet) {
  SitOptions options;
  options.name = "SiT-XL/2-gs";
  EXPECT_EQ(options.resolved().depth, 28);
  EXPECT_EQ(options.resolved().hidden_size, 1152);
  EXPECT_EQ(options.resolved().patch_size, 1);
  options.name = "S";
  EXPECT_EQ(options.resolved().depth, 12);
  EXPECT_EQ(options.resolved().num_heads, 6);
  options.name = "own";
  options.depth = 3;
  EXPECT_EQ(options.resolved().depth, 3);
}

TEST(SitOptions, RefuseHeadsThatDoNotDivideTheWidth) {
  SitOptions options = tiny_sit();
  options.num_heads = 5;
  EXPECT_THROW(options.resolved(), ConfigError);
}

TEST(Sit, StartsAsZeroWithTheWeightsOfItsSeed) {
  const Sit net(tiny_sit(), kConditionChannels), again(tiny_sit(), kConditionChannels);
  net.initialise(3);
  again.initialise(3);
  const at::Tensor x = at::ones({2, 7, 9, 1}), t = at::full({2}, 0.3), y = labels({0, 3});
  EXPECT_TRUE(net.forward(x, t, y, at::ones({2, 9, 5})).equal(at::zeros_like(x)));
  const NamedTensors first = named_state(net.module()), second = named_state(again.module());
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(first[i].second.equal(second[i].second)) << first[i].first;
  }
  again.initialise(4);
  EXPECT_FALSE(net.module().named_parameters()["blocks.0.attn.qkv.weight"].equal(
      again.module().named_parameters()["blocks.0.attn.qkv.weight"]));
}

TEST(Sit, InitialWeightsHaveTheStatedSpread) {
  const Sit net(tiny_sit(), 0);
  net.initialise(3);
  const auto parameters = net.module().named_parameters();
  EXPECT_NEAR(parameters["t_embedder.mlp.0.weight"].std().item<double>(), 0.02, 0.001);
  EXPECT_NEAR(parameters["pos_embed"].std().item<double>(), 0.02, 0.004);
  const double bound = std::sqrt(6.0 / (24 + 96));
  const at::Tensor fc1 = parameters["blocks.1.mlp.fc1.weight"];
  EXPECT_LE(fc1.abs().max().item<double>(), bound);
  EXPECT_NEAR(fc1.std().item<double>(), bound / std::sqrt(3.0), 0.01);
}

TEST(Sit, WithAConditionIsSetEquivariant) {
  const Sit net = busy_sit(tiny_sit(), kConditionChannels);
  at::manual_seed(5);
  const at::Tensor x = at::randn({1, 7, 9, 1}), condition = at::randn({1, 9, 5});
  const at::Tensor t = at::full({1}, 0.4), y = labels({2}), order = at::randperm(9);
  const at::Tensor out = net.forward(x, t, y, condition);
  const at::Tensor permuted =
      net.forward(x.index_select(2, order), t, y, condition.index_select(1, order));
  EXPECT_TRUE(permuted.allclose(out.index_select(2, order), 1e-4, 1e-5));
  EXPECT_FALSE(net.forward(x, t, y).allclose(out, 1e-2, 1e-2));  // positions instead
}

TEST(Sit, EveryParameterInUseGetsAGradient) {
  const Sit net = busy_sit(tiny_sit(), kConditionChannels);
  at::manual_seed(7);
  const at::Tensor out =
      net.forward(at::randn({2, 7, 9, 1}), at::rand({2}), labels({1, 4}), at::randn({2, 9, 5}));
  out.square().mean().backward();
  for (const auto& item : net.module().named_parameters()) {
    EXPECT_EQ(item.value().grad().defined(), item.key() != "pos_embed") << item.key();
  }
}

// A tensor of the host among meta tensors would throw.
TEST(Sit, TrainingTouchesOneDeviceOnly) {
  const MetaOps meta_ops;
  for (const int64_t condition_channels : {int64_t{0}, kConditionChannels}) {
    const Sit net(tiny_sit(), condition_channels);
    for (at::Tensor& parameter : net.module().parameters()) {
      replace_weight(parameter, parameter.detach().to(at::kMeta));
      parameter.set_requires_grad(true);
    }
    const auto on_meta = [](const at::Tensor& x) { return x.to(at::kMeta); };
    const at::Tensor condition = condition_channels > 0 ? at::rand({2, 9, 5}) : at::Tensor();
    const at::Tensor out =
        net.forward(on_meta(at::rand({2, 7, 9, 1})), on_meta(at::rand({2})),
                    on_meta(labels({1, 4})), condition.defined() ? on_meta(condition) : condition);
    EXPECT_TRUE(out.is_meta() && out.requires_grad());
  }
}

TEST(Sit, RefusesWrongShapes) {
  const Sit net = busy_sit(tiny_sit(), 0);
  const at::Tensor t = at::full({1}, 0.4), y = labels({2});
  EXPECT_THROW(net.forward(at::ones({1, 6, 9, 1}), t, y), InputError);
  EXPECT_THROW(net.forward(at::ones({1, 7, 8, 1}), t, y), InputError);
  EXPECT_THROW(net.forward(at::ones({1, 7, 9, 1}), t, y, at::ones({1, 9, 5})), InputError);
}

}  // namespace
}  // namespace gpst
