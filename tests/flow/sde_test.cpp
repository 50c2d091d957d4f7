#include "flow/sde.h"

#include <gtest/gtest.h>

#include <cmath>

#include "flow/sample.h"

namespace gpst {
namespace {

// Data N(1, 0.5^2): x_t is Gaussian, and the exact velocity of the flow is linear in x.
constexpr double kMean = 1, kDeviation = 0.5;

FunctionField exact_velocity(PathType path) {
  return FunctionField([path](const at::Tensor& x, float t) {
    const PathPoint p = path_at(path, t);
    const double var1 = kDeviation * kDeviation;
    const double variance = p.alpha * p.alpha * var1 + p.sigma * p.sigma;
    const double slope = (p.alpha * p.d_alpha * var1 + p.sigma * p.d_sigma) / variance;
    return (x - p.alpha * kMean) * slope + p.d_alpha * kMean;
  });
}

void expect_data_distribution(const at::Tensor& samples) {
  EXPECT_NEAR(samples.mean().item<double>(), kMean, 0.02);
  EXPECT_NEAR(samples.std().item<double>(), kDeviation, 0.02);
}

class Sde : public ::testing::TestWithParam<DiffusionForm> {};

TEST_P(Sde, SamplesTheDataDistributionWhateverTheDiffusion) {
  for (const Solver solver : {Solver::sde_euler, Solver::sde_heun}) {
    for (const PathType path : {PathType::linear, PathType::gvp}) {
      FunctionField field = exact_velocity(path);
      SamplingOptions options;
      options.solver = solver;
      options.cfg = 1;
      options.diffusion_form = GetParam();
      options.last_step = LastStep::euler;  // Mean takes too much noise out when w stays large
      TransportOptions transport;
      transport.path_type = path;
      PhiloxNoise noise(5, {0});
      expect_data_distribution(sample_flow(field, noise, {1, 1, 8000, 1}, transport, options));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, Sde,
                         ::testing::Values(DiffusionForm::sbdm, DiffusionForm::sigma,
                                           DiffusionForm::linear, DiffusionForm::constant,
                                           DiffusionForm::decreasing,
                                           DiffusionForm::increasing_decreasing));

TEST(Sde, NoiseAndScoreNetsGiveTheSameSamplesAsVelocityNets) {
  FunctionField velocity = exact_velocity(PathType::linear);
  SamplingOptions options;
  options.cfg = 1;
  options.steps = 40;
  options.diffusion_form = DiffusionForm::sigma;
  TransportOptions transport;
  transport.sample_eps = 0.05;
  const std::vector<int64_t> shape{1, 2, 50, 1};
  const auto sampled = [&](VelocityField& net, Prediction prediction) {
    transport.prediction = prediction;
    // Velocity nets would start at 0.
    PhiloxNoise noise(5, {0});
    return sample_flow(net, noise, shape, transport, options);
  };
  const auto score_from_velocity = [&](const at::Tensor& x, float t) {
    return score_at(path_at(PathType::linear, t), Prediction::velocity)
        .of(velocity.evaluate(x, t), x);
  };
  FunctionField score(score_from_velocity);
  FunctionField noise_net([&](const at::Tensor& x, float t) {
    return score_from_velocity(x, t) * -path_at(PathType::linear, t).sigma;
  });
  const at::Tensor by_score = sampled(score, Prediction::score);
  const at::Tensor by_noise = sampled(noise_net, Prediction::noise);
  EXPECT_LT((by_score - by_noise).abs().max().item<double>(), 1e-4);
  EXPECT_GT(by_score.std().item<double>(), 0.3);
}

TEST(Sde, LastStepsDifferAndNoneStops) {
  FunctionField field = exact_velocity(PathType::linear);
  SamplingOptions options;
  options.cfg = 1;
  options.steps = 10;
  int64_t states = 0;
  for (const LastStep last : {LastStep::mean, LastStep::tweedie, LastStep::euler}) {
    options.last_step = last;
    PhiloxNoise noise(5, {0});
    at::Tensor before;
    const at::Tensor end =
        sample_flow(field, noise, {1, 1, 9, 1}, {}, options, [&](int64_t k, const at::Tensor& x) {
          ++states;
          if (k == 8) before = x;
        });
    EXPECT_GT((end - before).abs().max().item<double>(), 1e-4);
  }
  EXPECT_EQ(states, 3 * 10);
}

TEST(Sde, DiffusionForms) {
  const PathPoint p = path_at(PathType::linear, 0.25);
  EXPECT_DOUBLE_EQ(diffusion_at(p, DiffusionForm::sbdm, 1), 0.75 * 0.75 / 0.25 + 0.75);
  EXPECT_DOUBLE_EQ(diffusion_at(p, DiffusionForm::sigma, 2), 1.5);
  EXPECT_DOUBLE_EQ(diffusion_at(p, DiffusionForm::linear, 1), 0.75);
  EXPECT_DOUBLE_EQ(diffusion_at(p, DiffusionForm::constant, 0.5), 0.5);
  EXPECT_NEAR(diffusion_at(p, DiffusionForm::increasing_decreasing, 1), 0.5, 1e-12);
  EXPECT_NEAR(diffusion_at(p, DiffusionForm::decreasing, 1), std::pow(std::sqrt(0.5) + 1, 2) / 4,
              1e-12);
}

}  // namespace
}  // namespace gpst
