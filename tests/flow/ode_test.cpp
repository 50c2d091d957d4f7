#include "flow/ode.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "flow/dopri5.h"

namespace gpst {
namespace {

// dx/dt = -(1 + t) x with x(0) = 1.
at::Tensor decay(const at::Tensor& x, float t) { return x * -(1 + static_cast<double>(t)); }
double exact(double t) { return std::exp(-t - t * t / 2); }

at::Tensor start() { return at::ones({1, 1, 1, 1}, at::kDouble); }

double error_of(Solver solver, int64_t intervals) {
  std::vector<float> times;
  for (int64_t k = 0; k <= intervals; ++k) {
    times.push_back(static_cast<float>(k) / static_cast<float>(intervals));
  }
  const at::Tensor end = integrate_fixed(decay, start(), times, solver, {});
  return std::abs(end.item<double>() - exact(1));
}

struct Order {
  Solver solver;
  double order;
};

class FixedOde : public ::testing::TestWithParam<Order> {};

TEST_P(FixedOde, ConvergesAtItsOrder) {
  const double coarse = error_of(GetParam().solver, 8), fine = error_of(GetParam().solver, 16);
  EXPECT_NEAR(std::log2(coarse / fine), GetParam().order, 0.35);
}

INSTANTIATE_TEST_SUITE_P(All, FixedOde,
                         ::testing::Values(Order{Solver::euler, 1}, Order{Solver::heun, 2},
                                           Order{Solver::midpoint, 2}, Order{Solver::rk4, 4}));

TEST(Ode, ShowsEveryState) {
  const std::vector<float> times{0, 0.5, 1};
  std::vector<int64_t> seen;
  integrate_fixed(decay, start(), times, Solver::euler,
                  [&](int64_t k, const at::Tensor&) { seen.push_back(k); });
  EXPECT_EQ(seen, (std::vector<int64_t>{0, 1, 2}));
}

TEST(Ode, RefusesASolverWithoutFixedSteps) {
  const std::vector<float> times{0, 1};
  EXPECT_THROW(integrate_fixed(decay, start(), times, Solver::sde_euler, {}), ConfigError);
}

TEST(Dopri5, KeepsItsErrorBounds) {
  const std::vector<float> times{0, 0.25f, 0.5f, 1};
  std::vector<double> states;
  integrate_dopri5(decay, start(), times, {.relative = 1e-6, .absolute = 1e-8},
                   [&](int64_t, const at::Tensor& x) { states.push_back(x.item<double>()); });
  ASSERT_EQ(states.size(), times.size());
  for (size_t k = 0; k < times.size(); ++k) {
    EXPECT_NEAR(states[k], exact(times[k]), 2e-5) << times[k];
  }
}

TEST(Dopri5, RefusesAFieldThatIsNotFinite) {
  const std::vector<float> times{0, 1};
  const auto broken = [](const at::Tensor& x, float) { return x * NAN; };
  EXPECT_THROW(integrate_dopri5(broken, start(), times, {.relative = 1e-3, .absolute = 1e-6}, {}),
               InputError);
}

}  // namespace
}  // namespace gpst
