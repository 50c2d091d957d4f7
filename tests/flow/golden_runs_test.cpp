// Every recorded run of the original's samplers with fixed steps, with its stored noise.
#include <vector>

#include "flow/guidance.h"
#include "flow/sit_field.h"
#include "tests/flow/golden_run.h"

namespace gpst {
namespace {

// Times at which the original called its net, with the second of each pair of calls (velocity and
// score of an SDE's drift) left out: we need one call for both.
std::vector<double> expected_times(const json& run) {
  const std::vector<double> calls = run["call_times"];
  std::vector<double> times;
  const size_t stride = run["kind"] == "sde" ? 2 : 1;
  for (size_t i = 0; i < calls.size(); i += stride) times.push_back(calls[i]);
  return times;
}

class GoldenFixedRun : public GoldenRun {
 protected:
  void expect_calls(const CountingField& counter) const {
    const std::vector<double> times = expected_times(run_);
    ASSERT_EQ(counter.times().size(), times.size());
    for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(counter.times()[i], times[i], 1e-6);
    EXPECT_EQ(counter.rows(), rows_ * rows_per_picture(transport_, options_));
  }
};

TEST_P(GoldenFixedRun, golden_states_and_calls) {
  SitField net(FrozenSit(*sit_, at::kCPU, at::kFloat), y_, condition_,
               {.tokens = condition_.size(1),
                .times = evaluation_times(transport_, options_),
                .table_bytes = 1 << 20});
  CountingField counter(net);
  RecordedNoise noise(start_, golden_tensor(io_, "noise").narrow(1, 0, rows_));
  const double off = deviation([&](const StateObserver& observe) {
    return sample_flow(counter, noise, start_.sizes(), transport_, options_, observe);
  });
  EXPECT_LE(off, 1);
  EXPECT_EQ(noise.draws(), run_["noise_draws"].get<int64_t>());
  expect_calls(counter);
}

TEST(GoldenRuns, golden_set_has_both_kinds) {
  EXPECT_FALSE(golden_run_names(false).empty());
  EXPECT_FALSE(golden_run_names(true).empty());
}

INSTANTIATE_TEST_SUITE_P(golden, GoldenFixedRun, ::testing::ValuesIn(golden_run_names(false)),
                         test_name);

TEST(GoldenGuidance, golden_inside_outside_and_on_the_ends) {
  const SafetensorsFile io = open_golden("generator/io.safetensors");
  const json settings = golden_json("generator/meta.json")["cfg"];
  const at::Tensor x = golden_tensor(io, "cfg_x"), cond = golden_tensor(io, "cfg_cond");
  const Sit sit = golden_sit("generator", cond.size(2));
  const int64_t rows = x.size(0) / 2;
  SitField net(FrozenSit(sit, at::kCPU, at::kFloat), golden_tensor(io, "cfg_y").narrow(0, 0, rows),
               cond.narrow(0, 0, rows), {.tokens = x.size(2), .times = {}});
  for (const auto& [name, high] : settings["guidance_high"].items()) {
    GuidedField field(
        net,
        {.scale = settings["scale"], .low = settings["guidance_low"], .high = high.get<int64_t>()});
    const float t = golden_tensor(io, "cfg_" + name + "_t")[0].item<float>();
    const at::Tensor expected = golden_tensor(io, "cfg_" + name + "_out").narrow(0, 0, rows);
    EXPECT_TRUE(
        tensors_close(field.evaluate(x.narrow(0, 0, rows), t), expected, {.absolute = 2e-5}))
        << name << " at t = " << t;
  }
}

}  // namespace
}  // namespace gpst
