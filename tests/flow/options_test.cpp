#include "flow/options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(TransportOptions, ReadThePublishedSection) {
  const Config config = Config::from_yaml_text(
      "transport:\n  path_type: \"GVP\"\n  prediction: noise\n  loss_weight: null\n", "test");
  TransportOptions options;
  config.read("transport", options);
  EXPECT_EQ(options.path_type, PathType::gvp);
  EXPECT_EQ(options.prediction, Prediction::noise);
  EXPECT_EQ(options.loss_weight, LossWeight::none);
  EXPECT_FALSE(options.train_eps.has_value());
}

TEST(SamplingOptions, DefaultsAreThePublishedSettings) {
  const SamplingOptions options;
  EXPECT_EQ(options.solver, Solver::sde_euler);
  EXPECT_EQ(options.steps, 250);
  EXPECT_EQ(options.cfg, 1.5);
  EXPECT_EQ(options.interval, (std::vector<int64_t>{200, 1000}));
}

TEST(SamplingOptions, SurviveWritingAndReading) {
  SamplingOptions options;
  options.solver = Solver::rk4;
  options.interval = {100, 900};
  options.last_step = LastStep::none;
  options.diffusion_form = DiffusionForm::increasing_decreasing;
  SamplingOptions again;
  Config::from_yaml_text(to_yaml(options), "test").read("", again);
  EXPECT_EQ(to_yaml(again), to_yaml(options));
  EXPECT_EQ(again.solver, Solver::rk4);
  EXPECT_EQ(again.last_step, LastStep::none);
}

TEST(SamplingOptions, RefuseAnIntervalTheWrongWayRound) {
  SamplingOptions options;
  options.interval = {500, 200};
  EXPECT_THROW(options.check(), ConfigError);
}

TEST(SamplingOptions, RefuseAnUnknownSolver) {
  SamplingOptions options;
  const Config config = Config::from_yaml_text("solver: eulr\n", "test");
  EXPECT_THROW(config.read("", options), ConfigError);
  EXPECT_THROW(parse_solver("eulr"), ConfigError);
  EXPECT_EQ(parse_solver("dopri5"), Solver::dopri5);
}

}  // namespace
}  // namespace gpst
