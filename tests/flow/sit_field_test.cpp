#include "flow/sit_field.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "flow/guidance.h"
#include "flow/sample.h"
#include "tests/nn/busy_sit.h"

namespace gpst {
namespace {

constexpr int64_t kPictures = 2, kTokens = 9, kCondition = 5;

class SitFieldTest : public ::testing::Test {
 protected:
  SitFieldTest() {
    at::manual_seed(3);
    y_ = at::tensor({1, 3}, at::kLong);
    condition_ = at::randn({kPictures, kTokens, kCondition});
    x_ = at::randn({kPictures, 7, kTokens, 1});
  }
  SitField field(std::vector<float> times, int64_t table_bytes = int64_t{1} << 26) const {
    return {net_,
            y_,
            condition_,
            {.tokens = kTokens, .times = std::move(times), .table_bytes = table_bytes}};
  }

  FrozenSit net_{busy_sit(tiny_sit(), kCondition), at::kCPU, at::kFloat};
  at::Tensor y_, condition_, x_;
};

TEST_F(SitFieldTest, ScheduledTimesGiveWhatSingleTimesGive) {
  const std::vector<float> times{0.1F, 0.5F, 0.5F, 0.9F};
  SitField single = field({}), all = field(times), one_by_one = field(times, 1);
  for (const float t : times) {
    const at::Tensor x = t == 0.5F ? at::cat({x_, x_}) : x_;
    const at::Tensor expected = single.evaluate(x, t);
    EXPECT_EQ(expected.sizes(), x.sizes());
    EXPECT_TRUE(all.evaluate(x, t).allclose(expected, 1e-5, 1e-6)) << t;
    EXPECT_TRUE(one_by_one.evaluate(x, t).allclose(expected, 1e-5, 1e-6)) << t;
  }
}

TEST_F(SitFieldTest, RefusesTimesOutOfOrder) {
  SitField scheduled = field({0.1F, 0.5F});
  scheduled.evaluate(x_, 0.1F);
  EXPECT_THROW(scheduled.evaluate(x_, 0.1F), InputError);
  EXPECT_THROW(field({0.1F}).evaluate(x_, 0.2F), InputError);
}

TEST_F(SitFieldTest, EverySolverAsksForTheTimesThatWereForeseen) {
  for (const Solver solver : {Solver::sde_euler, Solver::sde_heun, Solver::euler, Solver::heun,
                              Solver::midpoint, Solver::rk4, Solver::dopri5}) {
    SamplingOptions options;
    options.solver = solver;
    options.steps = 5;
    options.cfg = 2;
    SitField scheduled = field(evaluation_times({}, options)), free = field({});
    PhiloxNoise noise(1, {0, 1}), same(1, {0, 1});
    const auto shape = x_.sizes();
    EXPECT_TRUE(sample_flow(scheduled, noise, shape, {}, options)
                    .allclose(sample_flow(free, same, shape, {}, options), 1e-3, 1e-4))
        << static_cast<int>(solver);
  }
}

}  // namespace
}  // namespace gpst
