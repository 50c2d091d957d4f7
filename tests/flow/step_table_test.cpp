// A run by the table, with the op that takes its steps, against sample_flow.
#include "flow/step_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "base/error.h"
#include "flow/sample.h"
#include "ops/sampler_step.h"

namespace gpst {
namespace {

constexpr uint64_t kSeed = 3;
const std::vector<int64_t> kPictures = {4, 9};
const std::vector<int64_t> kShape = {2, 3, 5, 1};

// A net that says something else with and without class, in the rows guidance asks for.
at::Tensor toy_net(const at::Tensor& x, float t) {
  const bool both = x.size(0) == 2 * static_cast<int64_t>(kPictures.size());
  at::Tensor out = x * (0.3 - 0.5 * t) - 0.2;
  if (both) out.narrow(0, x.size(0) / 2, x.size(0) / 2).mul_(0.7).add_(0.1);
  return out;
}

// What a device does: nothing but the table is asked, and only guided steps compute 2B rows.
at::Tensor sample_by_table(VelocityField& net, const StepTable& table) {
  const at::Tensor pictures = at::tensor(kPictures, at::kLong), step = at::zeros({1}, at::kInt);
  const at::Tensor x = PhiloxNoise(kSeed, kPictures).initial(kShape);
  for (int64_t k = 0; k < table.steps(); ++k) {
    const auto row = static_cast<size_t>(k);
    const at::Tensor rows = table.guided[row] ? at::cat({x, x}) : x;
    sampler_step(x, net.evaluate(rows, table.times[row]), table.coefficients, step, pictures,
                 {.seed = kSeed}, {.channels = table.guided_channels});
    advance_step(step);
  }
  return x;
}

// The largest difference, in units of the largest value.
double difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

void expect_same_samples(const TransportOptions& transport, const SamplingOptions& options,
                         double tolerance) {
  const std::optional<StepTable> table = step_table(transport, options);
  ASSERT_TRUE(table.has_value());
  FunctionField net(toy_net);
  CountingField counted(net), counted_by_table(net);
  PhiloxNoise noise(kSeed, kPictures);
  const at::Tensor expected = sample_flow(counted, noise, kShape, transport, options);
  const at::Tensor actual = sample_by_table(counted_by_table, *table);
  ASSERT_TRUE(expected.isfinite().all().item<bool>());
  EXPECT_LE(difference(actual, expected), tolerance);
  EXPECT_EQ(counted_by_table.times(), counted.times());
  EXPECT_EQ(counted_by_table.rows(), counted.rows());
  EXPECT_EQ(table->rows_per_picture(), rows_per_picture(transport, options));
}

struct Setting {
  TransportOptions transport;
  SamplingOptions sampling;
};

// Paths and predictions; the ends that noise and score nets cannot answer are left out.
std::vector<TransportOptions> transports() {
  std::vector<TransportOptions> all;
  for (const PathType path : {PathType::linear, PathType::gvp, PathType::vp}) {
    for (const Prediction prediction :
         {Prediction::velocity, Prediction::noise, Prediction::score}) {
      TransportOptions transport;
      transport.path_type = path;
      transport.prediction = prediction;
      if (prediction != Prediction::velocity) transport.sample_eps = 0.02;
      all.push_back(transport);
    }
  }
  return all;
}

SamplingOptions few_steps(Solver solver) {
  SamplingOptions options;
  options.solver = solver;
  options.steps = 12;
  options.interval = {200, 800};
  return options;
}

constexpr double kTolerance = 4e-6;

TEST(StepTable, GivesTheSamplesOfTheOde) {
  for (const TransportOptions& transport : transports()) {
    for (const double cfg : {1.0, 1.5, 0.0}) {
      SamplingOptions options = few_steps(Solver::euler);
      options.cfg = cfg;
      expect_same_samples(transport, options, kTolerance);
    }
  }
}

TEST(StepTable, GivesTheSamplesOfEverySde) {
  for (const TransportOptions& transport : transports()) {
    for (const DiffusionForm form :
         {DiffusionForm::sbdm, DiffusionForm::sigma, DiffusionForm::linear, DiffusionForm::constant,
          DiffusionForm::decreasing, DiffusionForm::increasing_decreasing}) {
      for (const LastStep last :
           {LastStep::mean, LastStep::tweedie, LastStep::euler, LastStep::none}) {
        SCOPED_TRACE(testing::Message()
                     << "path " << static_cast<int>(transport.path_type) << ", prediction "
                     << static_cast<int>(transport.prediction) << ", form "
                     << static_cast<int>(form) << ", last step " << static_cast<int>(last));
        SamplingOptions options = few_steps(Solver::sde_euler);
        options.diffusion_form = form;
        options.last_step = last;
        expect_same_samples(transport, options, kTolerance);
      }
    }
  }
}

TEST(StepTable, FollowsShiftNormAndSizes) {
  SamplingOptions options = few_steps(Solver::sde_euler);
  options.timestep_shift = 2.5;
  options.diffusion_norm = 0.4;
  options.last_step_size = 0.1;
  expect_same_samples({}, options, kTolerance);
  options.last_step_size = 0;
  options.last_step = LastStep::euler;
  expect_same_samples({}, options, kTolerance);
}

TEST(StepTable, GuidesTheFirstChannelsOnly) {
  for (const int64_t channels : {1, 2, 3}) {
    for (const Solver solver : {Solver::sde_euler, Solver::euler}) {
      SamplingOptions options = few_steps(solver);
      options.cfg = 3;
      options.cfg_channels = channels;
      expect_same_samples({}, options, kTolerance);
    }
  }
}

TEST(StepTable, OfThePublishedSettings) {
  const std::optional<StepTable> table = step_table({}, {});
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->steps(), 250);
  EXPECT_EQ(table->rows_per_picture(), 448);
  EXPECT_EQ(table->coefficients.size(0), 250);
  // The last step has no noise.
  EXPECT_EQ(table->coefficients.index({249, 3}).item<float>(), 0);
  expect_same_samples({}, {}, 2e-5);  // 250 steps, the first of which cancel large numbers
}

TEST(StepTable, HasNoneForSolversThatLookBetweenTheirSteps) {
  for (const Solver solver :
       {Solver::sde_heun, Solver::heun, Solver::midpoint, Solver::rk4, Solver::dopri5}) {
    EXPECT_FALSE(step_table({}, few_steps(solver)).has_value());
  }
}

TEST(StepTable, RefusesOptionsThatDoNotFitTogether) {
  SamplingOptions options = few_steps(Solver::euler);
  options.interval = {800, 200};
  EXPECT_THROW(step_table({}, options), ConfigError);
}

}  // namespace
}  // namespace gpst
