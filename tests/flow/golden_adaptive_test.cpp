// The recorded dopri5 runs. Their states hold every picture twice, and all rows share one error
// norm; outside the guidance interval, so always beyond t = 1, the second half goes its own way,
// without class: the velocity jumps there.
//
// The error of a first, short step is a difference of rounded numbers, and what the controller
// makes of it decides where the later steps end, up to the number of attempts at the jump: a change
// of the net in the last bit changes the number of calls (docs/numerics.md). So each run is
// followed along its recorded steps, where everything must agree; and run freely, where the
// recorded run must be among the runs of nets that differ by rounding.
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "flow/dopri5.h"
#include "flow/guidance.h"
#include "flow/schedule.h"
#include "tests/flow/golden_run.h"

namespace gpst {
namespace {

// A recorded attempt of a step.
struct Attempt {
  double time, length;
};

constexpr size_t kFirstCalls = 2;  // the start, the probe for the first length
constexpr size_t kStageCalls = 6;

// From the times of its calls: stages at 1/5, 3/10, 4/5, 8/9 and twice at the end of the step.
std::vector<Attempt> attempts_of(const std::vector<double>& calls) {
  std::vector<Attempt> attempts;
  for (size_t i = kFirstCalls; i + kStageCalls <= calls.size(); i += kStageCalls) {
    const double length = (calls[i + 4] - calls[i]) / 0.8;
    attempts.push_back({.time = calls[i] - 0.2 * length, .length = length});
  }
  return attempts;
}

// Along the same steps the states agree to rounding: a small share of what the golden README
// allows.
constexpr double kSameSteps = 0.1;

class GoldenAdaptiveRun : public GoldenRun {
 protected:
  // The net, and with `seed` another one in float32: the same but for rounding, by the largest
  // difference from float64 that the original's had.
  FunctionField net(uint64_t seed = 0) const {
    const double largest = golden_json("generator/meta.json")["spread"]["fwd_out"]["abs"];
    constexpr double kLargestOfNormals = 4;  // of some thousands
    return FunctionField([this, seed, sigma = largest / kLargestOfNormals, call = int64_t{0}](
                             const at::Tensor& x, float t) mutable {
      const at::Tensor out = plain_net(x, t);
      if (seed == 0) return out;
      std::vector<int64_t> rows(static_cast<size_t>(x.size(0)));
      std::iota(rows.begin(), rows.end(), 0);
      return out + sigma * PhiloxNoise(seed, rows).step(call++, x.sizes());
    });
  }

  // Rows with the classes of the pictures, and behind them, where there are so many, rows without:
  // the two halves of a doubled state differ.
  at::Tensor plain_net(const at::Tensor& x /* [N or 2N,C,l,1] */, float t) const {
    const int64_t rows = x.size(0);
    const at::Tensor y = at::cat({y_, at::full_like(y_, sit_->no_class())}).narrow(0, 0, rows);
    const at::Tensor condition = at::cat({condition_, condition_}).narrow(0, 0, rows);
    return sit_->forward(x, at::full({rows}, t), y, condition);
  }

  // The original's field of the doubled state.
  FunctionField doubled(VelocityField& net) const {
    return FunctionField([this, &net](const at::Tensor& x /* [2N,C,l,1] */, float t) {
      // A scale of 1 is nothing special here: u + (c - u) is rounded otherwise than c.
      const Guidance interval{
          .scale = 2, .low = options_.interval[0], .high = options_.interval[1]};
      if (!interval.active(t)) return net.evaluate(x, t);
      const at::Tensor half = x.narrow(0, 0, rows_);
      const std::vector<at::Tensor> both = net.evaluate(at::cat({half, half}), t).chunk(2);
      const at::Tensor guided = both[1] + (both[0] - both[1]) * options_.cfg;
      return at::cat({guided, guided});
    });
  }

  at::Tensor integrate(VelocityField& field, const StateObserver& observe,
                       const DopriWatcher& watch = {}) const {
    const c10::NoGradGuard no_grad;
    return integrate_dopri5(ode_function(field, transport_), at::cat({start_, start_}),
                            time_points(transport_, options_),
                            {.relative = options_.rtol, .absolute = options_.atol}, observe, watch);
  }

  std::vector<double> recorded_calls() const { return run_["call_times"]; }

  // The choice of the first step and its stages.
  void expect_first_calls(const std::vector<float>& times) const {
    constexpr size_t kCalls = kFirstCalls + kStageCalls;
    const std::vector<double> recorded = recorded_calls();
    ASSERT_GE(std::min(times.size(), recorded.size()), kCalls);
    for (size_t i = 0; i < kCalls; ++i) EXPECT_NEAR(times[i], recorded[i], 1e-5);
  }
};

// Steers along the recorded attempts and compares what the controller would have done.
class Follower {
 public:
  explicit Follower(std::vector<Attempt> recorded) : recorded_(std::move(recorded)) {}

  double operator()(const DopriAttempt& ours) {
    if (next_ > 0) expect_same_decision(ours, recorded_[next_ - 1]);
    if (next_ == recorded_.size()) return ours.next_length;
    const Attempt& next = recorded_[next_++];
    const double from = ours.accepted() ? ours.time + ours.length : ours.time;
    return next.time + next.length - from;  // recorded times are float32: their errors do not add
  }

 private:
  void expect_same_decision(const DopriAttempt& ours, const Attempt& recorded) {
    EXPECT_NEAR(ours.time, recorded.time, 3e-6);
    if (next_ == recorded_.size()) return;
    const Attempt& after = recorded_[next_];
    const bool accepted = std::abs(after.time - recorded.time) > recorded.length / 2;
    EXPECT_EQ(ours.accepted(), accepted) << "attempt " << next_ << ", ratio " << ours.error_ratio;
    constexpr double kAboveRounding = 0.05;
    if (ours.error_ratio < kAboveRounding) return;
    EXPECT_NEAR(ours.next_length / after.length, 1, 5e-3)
        << "attempt " << next_ << ", ratio " << ours.error_ratio;
  }

  std::vector<Attempt> recorded_;
  size_t next_ = 0;
};

TEST_P(GoldenAdaptiveRun, golden_states_and_decisions_along_the_recorded_steps) {
  FunctionField plain = net(), field = doubled(plain);
  CountingField counter(field);
  const std::vector<double> recorded = recorded_calls();
  Follower follower(attempts_of(recorded));
  const double off = deviation([&](const StateObserver& observe) {
    return integrate(counter, observe,
                     [&](const DopriAttempt& attempt) { return follower(attempt); });
  });
  EXPECT_LE(off, kSameSteps);
  ASSERT_EQ(counter.times().size(), recorded.size());
  for (size_t i = 0; i < recorded.size(); ++i) EXPECT_NEAR(counter.times()[i], recorded[i], 5e-6);
}

TEST_P(GoldenAdaptiveRun, golden_free_run_is_one_that_rounding_allows) {
  constexpr uint64_t kTries = 20;
  constexpr int64_t kCalls = 12;
  const auto recorded = static_cast<int64_t>(recorded_calls().size());
  const bool calls_count = options_.cfg == 1;  // else informative only, says the golden README
  int64_t fewest = std::numeric_limits<int64_t>::max(), most = 0;
  double nearest = std::numeric_limits<double>::infinity();
  const auto settled = [&] {
    return nearest <= 1 &&
           (!calls_count || (fewest - kCalls <= recorded && recorded <= most + kCalls));
  };
  for (uint64_t seed = 0; seed < kTries && !settled(); ++seed) {
    FunctionField other = net(seed), field = doubled(other);
    CountingField counter(field);
    nearest = std::min(nearest, deviation([&](const StateObserver& observe) {
                         return integrate(counter, observe);
                       }));
    fewest = std::min(fewest, counter.calls());
    most = std::max(most, counter.calls());
    if (seed == 0) expect_first_calls(counter.times());
  }
  EXPECT_TRUE(settled()) << "calls " << fewest << " to " << most << ", recorded " << recorded
                         << ", states off by " << nearest << " tolerances";
}

INSTANTIATE_TEST_SUITE_P(golden, GoldenAdaptiveRun, ::testing::ValuesIn(golden_run_names(true)),
                         test_name);

}  // namespace
}  // namespace gpst
