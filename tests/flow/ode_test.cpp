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

// The same field and start given to torchdiffeq 0.2.5: the ends of its attempts, of which more than
// half are refused at the jump of the field, and every fifth value of its states.
TEST(Dopri5, TakesTheStepsOfTorchdiffeq) {
  const std::vector<double> ends{0.00957001466, 0.105270162, 0.426590055, 0.797836125, 0.648785889,
                                 0.570754111,   1.02143371,  0.830909371, 0.739742041, 0.694271803,
                                 0.630628943,   0.610488355, 0.599476516, 0.88670063,  0.779930711,
                                 0.730203807,   0.703469217, 0.68682152,  0.675279558, 0.666607618,
                                 0.659670651,   0.719864726, 1.20148039,  1.14865327};
  const std::vector<std::vector<double>> states{
      {-0.875, -0.25, 0.375, 1, 1.625},
      {-0.669120431, -0.0720689446, 0.375239342, 0.722702324, 0.999741614},
      {-0.388245881, 0.0937939063, 0.381436586, 0.57277, 0.711589277},
      {-0.49955228, 0.0560490303, 0.332005113, 0.497529805, 0.609736383},
      {-1.30781186, -0.211742729, 0.20630011, 0.426243931, 0.564122796}};
  std::vector<float> calls;
  const auto field = [&](const at::Tensor& x, float t) {
    calls.push_back(t);
    return (0.5 - x) * (1 + static_cast<double>(t)) * (t < 0.6 ? 1 : -1) - x * x;
  };
  const at::Tensor start =
      ((at::arange(24, at::kFloat) - 7) / 8).reshape({2, 3, 4, 1});  // [2,3,4,1]
  const std::vector<float> times{0, 0.25f, 0.5f, 0.75f, 1};
  const auto compare = [&](int64_t k, const at::Tensor& x) {
    for (int64_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(x.flatten()[5 * i].item<double>(),
                  states[static_cast<size_t>(k)][static_cast<size_t>(i)], 2e-6);
    }
  };
  integrate_dopri5(field, start, times, {.relative = 1e-3, .absolute = 1e-6}, compare);
  ASSERT_EQ(calls.size(), 2 + 6 * ends.size());
  for (size_t i = 0; i < ends.size(); ++i) EXPECT_NEAR(calls[2 + 6 * i + 5], ends[i], 2e-6);
}

// A jump at the very end of a step is not seen by it: its last stages are asked just before.
TEST(Dopri5, EndsStepsJustBeforeTheirTime) {
  std::vector<float> calls;
  const auto still = [&](const at::Tensor& x, float t) {
    calls.push_back(t);
    return at::zeros_like(x);
  };
  const std::vector<float> times{0, 1};
  std::vector<DopriAttempt> attempts;
  integrate_dopri5(still, start().to(at::kFloat), times, {.relative = 1e-3, .absolute = 1e-6}, {},
                   [&](const DopriAttempt& attempt) {
                     attempts.push_back(attempt);
                     return attempt.length == 0 ? 0.5 : attempt.next_length;
                   });
  ASSERT_EQ(attempts.size(), 3);
  EXPECT_EQ(attempts[1].length, 0.5);
  EXPECT_EQ(calls[6], std::nextafter(0.5f, 0.0f));
  EXPECT_EQ(calls[7], std::nextafter(0.5f, 0.0f));
  EXPECT_EQ(attempts[2].length, 5);  // no error at all: ten times as long
}

TEST(Dopri5, RefusesAFieldThatIsNotFinite) {
  const std::vector<float> times{0, 1};
  const auto broken = [](const at::Tensor& x, float) { return x * NAN; };
  EXPECT_THROW(integrate_dopri5(broken, start(), times, {.relative = 1e-3, .absolute = 1e-6}, {}),
               InputError);
}

}  // namespace
}  // namespace gpst
