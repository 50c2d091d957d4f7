#include "flow/schedule.h"

#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(Schedule, OfThePublishedSettings) {
  const std::vector<float> times = time_points({}, {});
  ASSERT_EQ(times.size(), 250u);
  EXPECT_EQ(times.front(), 1e-3f);
  EXPECT_EQ(times.back(), 0.96f);
}

TEST(Schedule, OfAnOdeSpansEverything) {
  SamplingOptions options;
  options.solver = Solver::euler;
  options.steps = 6;
  const std::vector<float> times = time_points({}, options);
  ASSERT_EQ(times.size(), 6u);
  for (size_t k = 0; k < 6; ++k) EXPECT_NEAR(times[k], 0.2 * static_cast<double>(k), 1e-7);
  EXPECT_EQ(times.back(), 1.0f);
}

TEST(Schedule, WithoutALastStepGoesToTheEnd) {
  SamplingOptions options;
  options.last_step = LastStep::none;
  EXPECT_EQ(time_points({}, options).back(), 1.0f);
}

TEST(Schedule, OfANoiseNetLeavesTheEndsOut) {
  TransportOptions transport;
  transport.prediction = Prediction::noise;
  transport.sample_eps = 0.05;
  SamplingOptions options;
  options.solver = Solver::euler;
  EXPECT_EQ(time_points(transport, options).front(), 0.05f);
  EXPECT_EQ(time_points(transport, options).back(), 0.95f);
}

TEST(Schedule, TimestepShiftKeepsTheEndsAndFollowsTheFormula) {
  SamplingOptions options;
  options.solver = Solver::euler;
  options.steps = 5;
  options.timestep_shift = 3;
  const std::vector<float> times = time_points({}, options);
  EXPECT_EQ(times.front(), 0.0f);
  EXPECT_EQ(times.back(), 1.0f);
  EXPECT_NEAR(times[2], 0.5 / (0.5 + 3 * 0.5), 1e-7);
  options.solver = Solver::sde_euler;
  EXPECT_EQ(time_points({}, options).front(), 1e-3f);
  EXPECT_EQ(time_points({}, options).back(), 0.96f);
}

}  // namespace
}  // namespace gpst
