#include "flow/paths.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gpst {
namespace {

class Paths : public ::testing::TestWithParam<PathType> {};

TEST_P(Paths, DerivativesAreThoseOfTheValues) {
  constexpr double kStep = 1e-5;
  for (const double t : {0.05, 0.3, 0.5, 0.9}) {
    const PathPoint before = path_at(GetParam(), t - kStep), after = path_at(GetParam(), t + kStep);
    const PathPoint here = path_at(GetParam(), t);
    EXPECT_NEAR(here.d_alpha, (after.alpha - before.alpha) / (2 * kStep), 1e-7) << t;
    EXPECT_NEAR(here.d_sigma, (after.sigma - before.sigma) / (2 * kStep), 1e-7) << t;
    EXPECT_NEAR(here.alpha_ratio, here.d_alpha / here.alpha, 1e-9) << t;
  }
}

TEST_P(Paths, DiffusionFollowsFromTheRest) {
  for (const double t : {0.05, 0.3, 0.9}) {
    const PathPoint p = path_at(GetParam(), t);
    const double expected = p.alpha_ratio * p.sigma * p.sigma - p.sigma * p.d_sigma;
    EXPECT_NEAR(p.diffusion, expected, 1e-9 * std::abs(expected)) << t;
  }
}

TEST_P(Paths, EndInData) {
  const PathPoint end = path_at(GetParam(), 1);
  EXPECT_NEAR(end.alpha, 1, 1e-12);
  EXPECT_NEAR(end.sigma, 0, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(All, Paths,
                         ::testing::Values(PathType::linear, PathType::gvp, PathType::vp));

TEST(Paths, StartInNoise) {
  for (const PathType path : {PathType::linear, PathType::gvp}) {
    EXPECT_EQ(path_at(path, 0).alpha, 0);
    EXPECT_EQ(path_at(path, 0).sigma, 1);
  }
  EXPECT_LT(path_at(PathType::vp, 0).alpha, 0.01);  // VP never reaches pure noise
}

}  // namespace
}  // namespace gpst
