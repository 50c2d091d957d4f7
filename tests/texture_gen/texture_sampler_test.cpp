#include "texture_gen/texture_sampler.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/weights.h"
#include "tests/support/meta_ops.h"
#include "tests/support/signal_ratio.h"
#include "texture_gen/texture_model.h"
#include "texture_gen/texture_target.h"

namespace gpst {
namespace {

TextureOptions tiny() {
  TextureOptions options;
  options.model.name = "tiny";
  options.model.depth = 1;
  options.model.hidden_size = 16;
  options.model.num_heads = 2;
  options.model.num_classes = 3;
  options.model.in_channels = 8;
  options.statistics.mean.assign(8, 0.0);
  options.statistics.std.assign(8, 1.0);
  return options;
}

SamplingOptions few_steps() {
  SamplingOptions options;
  options.solver = Solver::euler;
  options.steps = 3;
  return options;
}

const Layout& some_layouts() {
  static const Layout layouts(at::full({2, 6, 5}, 0.25));
  return layouts;
}

TEST(TextureSampler, RefusesOptionsWithoutStatistics) {
  TextureOptions options = tiny();
  options.statistics = {};
  EXPECT_THROW(options.check_for_sampling(), ConfigError);
  EXPECT_THROW(TextureModel::fresh(options, 1).frozen(at::kCPU, at::kFloat), ConfigError);
  options = tiny();
  options.statistics.mean.pop_back();
  EXPECT_THROW(options.check_for_sampling(), ConfigError);
}

TEST(TextureSampler, SamplesOnePictureLikeMany) {
  const TextureSampler sampler = TextureModel::fresh(tiny(), 1).frozen(at::kCPU, at::kFloat);
  PhiloxNoise both(1, {4, 9}), second(1, {9});
  const std::vector<int64_t> labels{0, 2}, label{2};
  const Tokens many = sampler.sample(some_layouts(), labels, both, few_steps());
  const Layout one(some_layouts().values().narrow(0, 1, 1));
  const Tokens alone = sampler.sample(one, label, second, few_steps());
  EXPECT_TRUE(many.values().narrow(0, 1, 1).allclose(alone.values(), 1e-5, 1e-6));
  EXPECT_FALSE(many.values()[0].allclose(many.values()[1], 1e-2, 1e-2));
}

// Weights, also those that start as zeros, drawn.
TextureModel busy() {
  const TextureModel model = TextureModel::fresh(tiny(), 1);
  const at::NoGradGuard no_grad;
  at::manual_seed(2);
  for (const auto& [name, tensor] : named_state(model.net().module())) {
    tensor.detach().add_(at::randn(tensor.sizes()) * 0.1);
  }
  return model;
}

at::Tensor sampled(const TextureSampler& sampler, SamplingOptions options) {
  PhiloxNoise noise(1, {4, 9});
  const std::vector<int64_t> labels{0, 2};
  options.cfg = 1.5;
  return sampler.sample(some_layouts(), labels, noise, options).values();
}

// The same through the net that is trained.
at::Tensor sampled_plainly(const TextureModel& model, SamplingOptions options) {
  const at::NoGradGuard no_grad;
  PhiloxNoise noise(1, {4, 9});
  options.cfg = 1.5;
  const at::Tensor layouts = some_layouts().values();
  FunctionField field([&](const at::Tensor& x, float t) {
    const at::Tensor y = at::tensor({0, 2, 3, 3}, at::kLong).narrow(0, 0, x.size(0));
    const at::Tensor condition = at::cat({layouts, layouts}).narrow(0, 0, x.size(0));
    return model.forward(x, at::full({x.size(0)}, t), y, condition);
  });
  const at::Tensor sample = sample_flow(field, noise, {2, 8, 6, 1}, {}, options);
  return tokens_from_sample(sample, some_layouts(), tiny().statistics).values();
}

TEST(TextureSampler, GivesWhatTheNetThatIsTrainedGives) {
  const TextureModel model = busy();
  for (const Solver solver : {Solver::euler, Solver::heun, Solver::sde_euler, Solver::dopri5}) {
    SamplingOptions options = few_steps();
    options.solver = solver;
    const at::Tensor exact = sampled_plainly(model, options);
    EXPECT_TRUE(sampled(model.frozen(at::kCPU, at::kFloat), options).allclose(exact, 1e-4, 1e-4))
        << static_cast<int>(solver);
    const at::Tensor rough = sampled(model.frozen(at::kCPU, at::kBFloat16), options);
    EXPECT_EQ(rough.scalar_type(), at::kFloat);
    EXPECT_GT(signal_ratio_db(rough, exact), 35) << static_cast<int>(solver);
  }
  EXPECT_THROW(model.frozen(at::kCPU, at::kDouble), ConfigError);
}

// A tensor of the host among meta tensors would throw.
TEST(TextureSampler, SamplesWhereItsWeightsAre) {
  const MetaOps meta_ops;
  const TextureSampler placed = busy().frozen(at::kMeta, at::kBFloat16);
  SamplingOptions options = few_steps();
  for (const Solver solver : {Solver::euler, Solver::heun, Solver::sde_euler}) {
    options.solver = solver;
    EXPECT_TRUE(sampled(placed, options).is_meta());
  }
}

TEST(TextureSampler, RefusesALabelItDoesNotHave) {
  const TextureSampler sampler = TextureModel::fresh(tiny(), 1).frozen(at::kCPU, at::kFloat);
  PhiloxNoise noise(1, {0, 1});
  const std::vector<int64_t> labels{0, 3};
  EXPECT_THROW(sampler.sample(some_layouts(), labels, noise, few_steps()), InputError);
}

}  // namespace
}  // namespace gpst
