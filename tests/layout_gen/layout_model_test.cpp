#include "layout_gen/layout_model.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.h"
#include "layout_gen/layout_transform.h"
#include "nn/weights.h"
#include "tests/support/meta_ops.h"
#include "tests/support/signal_ratio.h"

namespace gpst {
namespace {

LayoutOptions tiny() {
  LayoutOptions options;
  options.model.name = "tiny";
  options.model.depth = 1;
  options.model.hidden_size = 16;
  options.model.num_heads = 2;
  options.model.num_classes = 3;
  options.model.latent_size = 4;
  options.statistics = {.mean = {-2, -2, 0, 0, 0}, .std = {1, 1, 1, 0.5, 0.5}};
  return options;
}

// Four quarters of the canvas, lower right first.
at::Tensor quarters() {
  return at::tensor({0.25, 0.5,  0.0, 0.5,  0.5,   //
                     0.25, 0.25, 0.0, -0.5, -0.5,  //
                     0.25, 0.25, 0.0, 0.5,  -0.5,  //
                     0.25, 0.25, 0.0, -0.5, 0.5})
      .to(at::kFloat)
      .view({1, 4, 5});
}

TEST(LayoutTransform, OrdersAlongTheZCurveAndTakesLogarithms) {
  const at::Tensor values = layout_values(quarters());
  const std::vector<std::pair<double, double>> centres{
      {-0.5, -0.5}, {0.5, -0.5}, {-0.5, 0.5}, {0.5, 0.5}};
  for (size_t i = 0; i < centres.size(); ++i) {
    const at::Tensor row = values[0][static_cast<int64_t>(i)];
    EXPECT_EQ(row[3].item<double>(), centres[i].first);
    EXPECT_EQ(row[4].item<double>(), centres[i].second);
    EXPECT_EQ(row[0].item<double>(), -2);
  }
  EXPECT_EQ(values[0][3][1].item<double>(), -1);
}

TEST(LayoutTransform, LeavesItsInputAlone) {
  const at::Tensor layouts = quarters();
  layout_values(layouts);
  EXPECT_TRUE(layouts.equal(quarters()));
}

TEST(LayoutTransform, SamplesOfTheTargetAreTheLayout) {
  const ChannelStatistics statistics = tiny().statistics;
  const at::Tensor target = layout_target(quarters(), statistics);
  EXPECT_EQ(target.sizes(), at::IntArrayRef({1, 5, 4, 1}));
  const Layout again = layout_from_sample(target, statistics);
  EXPECT_TRUE(layout_values(again.values()).allclose(layout_values(quarters()), 1e-5, 1e-6));
}

TEST(LayoutOptions, DefaultsAreFiveEulerStepsOfTheSmallNet) {
  const LayoutOptions options;
  EXPECT_EQ(options.sampling.steps, 6);
  EXPECT_EQ(options.sampling.solver, Solver::euler);
  EXPECT_EQ(options.model.resolved().hidden_size, 384);
  EXPECT_EQ(options.model.in_channels, 5);
}

TEST(LayoutOptions, RefuseMissingStatisticsAndUnknownKeys) {
  LayoutOptions options = tiny();
  options.statistics = {};
  EXPECT_THROW(options.check_for_sampling(), ConfigError);
  EXPECT_THROW(read_layout_options(Config::from_yaml_text("texture: {}\n", "none")), ConfigError);
  EXPECT_THROW(read_layout_options(Config::from_yaml_text("layout: {stepz: 3}\n", "wrong")),
               ConfigError);
  EXPECT_EQ(read_layout_options(Config::from_yaml_text("layout: {sampling: {steps: 9}}\n", "own"))
                .sampling.steps,
            9);
}

TEST(LayoutOptions, OfTheShippedConfigurations) {
  const std::string folder = GPST_SOURCE_DIR "/configs/";
  for (const auto& [name, steps] : {std::pair("imagenet256", 6), std::pair("tiny64", 21)}) {
    const LayoutOptions options =
        read_layout_options(Config::from_yaml_file(folder + name + "/layout.yaml"));
    EXPECT_EQ(options.model.resolved().in_channels, 5) << name;
    EXPECT_EQ(options.sampling.steps, steps) << name;
  }
}

at::Tensor sampled(const LayoutSampler& sampler) {
  PhiloxNoise noise(1, {0, 1}, {Purpose::layout_noise, Purpose::layout_step_noise});
  const std::vector<int64_t> labels{2, 0};
  return sampler.sample(labels, noise, sampler.options().sampling).values();
}

LayoutModel busy() {
  const LayoutModel model = LayoutModel::fresh(tiny(), 1);
  const at::NoGradGuard no_grad;
  at::manual_seed(2);
  for (const auto& [name, tensor] : named_state(model.net().module())) {
    tensor.detach().add_(at::randn(tensor.sizes()) * 0.1);
  }
  return model;
}

TEST(LayoutSampler, SamplesOneLayoutPerLabel) {
  const LayoutSampler sampler = LayoutModel::fresh(tiny(), 1).frozen(at::kCPU, at::kFloat);
  const Layout layouts(sampled(sampler));
  EXPECT_EQ(layouts.values().sizes(), at::IntArrayRef({2, 4, 5}));
  EXPECT_GT(layouts.sigma().min().item<double>(), 0);
  PhiloxNoise noise(1, {0, 1}, {Purpose::layout_noise, Purpose::layout_step_noise});
  const std::vector<int64_t> wrong{2, 3};
  EXPECT_THROW(sampler.sample(wrong, noise, sampler.options().sampling), InputError);
}

TEST(LayoutSampler, GivesWhatTheNetThatIsTrainedGives) {
  const LayoutModel model = busy();
  const at::NoGradGuard no_grad;
  PhiloxNoise noise(1, {0, 1}, {Purpose::layout_noise, Purpose::layout_step_noise});
  FunctionField field([&](const at::Tensor& x, float t) {
    const at::Tensor y = at::tensor({2, 0, 3, 3}, at::kLong).narrow(0, 0, x.size(0));
    return model.forward(x, at::full({x.size(0)}, t), y);
  });
  const at::Tensor sample =
      sample_flow(field, noise, {2, 5, 4, 1}, model.options().transport, model.options().sampling);
  const at::Tensor exact = layout_from_sample(sample, tiny().statistics).values();
  EXPECT_TRUE(sampled(model.frozen(at::kCPU, at::kFloat)).allclose(exact, 1e-5, 1e-5));
  EXPECT_GT(signal_ratio_db(sampled(model.frozen(at::kCPU, at::kBFloat16)), exact), 40);
}

// A tensor of the host among meta tensors would throw.
TEST(LayoutSampler, SamplesWhereItsWeightsAre) {
  const MetaOps meta_ops;
  EXPECT_TRUE(sampled(busy().frozen(at::kMeta, at::kFloat)).is_meta());
}

}  // namespace
}  // namespace gpst
