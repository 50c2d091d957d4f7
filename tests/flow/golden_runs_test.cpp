// Every recorded run of the original's samplers, with its stored noise.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/guidance.h"
#include "flow/sample.h"
#include "tests/support/golden_sit.h"

namespace gpst {
namespace {

using nlohmann::json;

json recorded_runs() { return golden_json("generator/meta.json")["runs"]; }

// The original's names of solvers and forms that we call otherwise.
std::string our_name(const std::string& name) {
  static const std::map<std::string, std::string> names{
      {"heun2", "heun"}, {"inccreasing-decreasing", "increasing-decreasing"}};
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

std::string text_of(const json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? our_name(value.get<std::string>()) : value.dump();
}

// A run's entry in meta.json as our options, read like any configuration.
SamplingOptions sampling_of(const json& run) {
  const json& settings = run["settings"];
  const bool sde = run["kind"] == "sde";
  Config config;
  const std::string method = settings.value("sampling_method", sde ? "Euler" : "dopri5");
  const std::string sde_solver = method == "Heun" ? "sde-heun" : "sde-euler";
  config.set("solver", sde ? sde_solver : our_name(method), "test");
  config.set("steps", settings["num_steps"].dump(), "test");
  config.set("cfg", run["cfg_scale"].dump(), "test");
  config.set("interval", run["guidance_low"].dump() + "," + run["guidance_high"].dump(), "test");
  for (const char* key :
       {"diffusion_form", "diffusion_norm", "last_step", "last_step_size", "rtol", "atol"}) {
    if (settings.contains(key)) config.set(key, text_of(settings[key]), "test");
  }
  SamplingOptions options;
  config.read("", options);
  return options;
}

TransportOptions transport_of(const json& run) {
  Config config;
  config.set("path_type", run["path"].get<std::string>(), "test");
  config.set("prediction", run["prediction"].get<std::string>(), "test");
  config.set("sample_eps", run["sample_eps"].dump(), "test");
  TransportOptions options;
  config.read("", options);
  return options;
}

// As the golden README says.
Tolerance tolerance_of(const json& run, const TransportOptions& transport,
                       const SamplingOptions& options) {
  constexpr int64_t kFewSteps = 25;
  const bool velocity = transport.prediction == Prediction::velocity;
  if (options.solver == Solver::dopri5) {
    if (!velocity) return {.relative = 1e-3};
    if (options.cfg != 1 && options.interval[0] > 0) return {.absolute = 3e-2};
    // Or ten times what float32 did to the original: its error estimates reach down to rounding.
    return {.absolute = std::max(2e-4, 10 * run["final_abs_f32_vs_f64"].get<double>())};
  }
  if (!velocity || transport.path_type == PathType::vp) return {.relative = 2e-4};
  const bool few = is_sde(options.solver) && options.steps < kFewSteps &&
                   options.diffusion_form == DiffusionForm::sbdm;
  return {.relative = few ? 5e-4 : 5e-5};
}

// Times at which the original called its net, with the second of each pair of calls (velocity and
// score of an SDE's drift) left out: we need one call for both.
std::vector<double> expected_times(const json& run) {
  const std::vector<double> calls = run["call_times"];
  std::vector<double> times;
  const size_t stride = run["kind"] == "sde" ? 2 : 1;
  for (size_t i = 0; i < calls.size(); i += stride) times.push_back(calls[i]);
  return times;
}

// One run: its settings and its net with the rows of all classes, then those without class.
class GoldenRun : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    for (const json& each : recorded_runs()) {
      if (each["name"] == GetParam()) run_ = each;
    }
    options_ = sampling_of(run_);
    transport_ = transport_of(run_);
    rows_ = run_["batch"];
    const at::Tensor cond = golden_tensor(io_, "cond").narrow(0, 0, rows_);
    sit_.emplace(golden_sit("generator", cond.size(2)));
    const at::Tensor y = golden_tensor(io_, "y").narrow(0, 0, rows_);
    prepared_ =
        sit_->prepare(at::cat({y, at::full_like(y, sit_->no_class())}), at::cat({cond, cond}));
    start_ = golden_tensor(io_, "z").narrow(0, 0, rows_);
  }

  // Compares the kept states and the last one; of a doubled state the rows with class.
  void expect_states(const std::function<at::Tensor(const StateObserver&)>& sample) {
    const at::Tensor expected = golden_tensor(io_, GetParam() + ".final");
    // Relative to the largest value of the run: the first steps with 1/t = 1000 cancel large
    // numbers, so small states are not more exact than large ones.
    Tolerance tolerance = tolerance_of(run_, transport_, options_);
    tolerance.absolute += tolerance.relative * expected.abs().max().item<double>();
    tolerance.relative = 0;
    size_t compared = 0;
    const at::Tensor end = sample([&](int64_t k, const at::Tensor& x) {
      const TensorView* kept = io_.find(GetParam() + ".x" + std::to_string(k));
      if (kept == nullptr) return;
      ++compared;
      EXPECT_TRUE(tensors_close(x.narrow(0, 0, rows_), to_tensor(*kept), tolerance)) << k;
    });
    EXPECT_TRUE(tensors_close(end.narrow(0, 0, rows_), expected, tolerance));
    EXPECT_EQ(compared, run_["kept_states"].size());
  }

  void expect_calls(const CountingField& counter) const {
    const std::vector<double> times = expected_times(run_);
    ASSERT_EQ(counter.times().size(), times.size());
    for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(counter.times()[i], times[i], 1e-6);
    EXPECT_EQ(counter.rows(), rows_ * rows_per_picture(transport_, options_));
  }

  // The choice of the first step and its stages; later ones follow from rounding too.
  void expect_first_calls(const CountingField& counter) const {
    constexpr size_t kCalls = 8;  // the start, the probe for the first step, six stages
    const std::vector<double> times = run_["call_times"];
    ASSERT_GE(std::min(counter.times().size(), times.size()), kCalls);
    for (size_t i = 0; i < kCalls; ++i) EXPECT_NEAR(counter.times()[i], times[i], 1e-5);
  }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
  json run_;
  SamplingOptions options_;
  TransportOptions transport_;
  int64_t rows_ = 0;
  std::optional<Sit> sit_;
  PreparedSit prepared_;
  at::Tensor start_;
};

class GoldenFixedRun : public GoldenRun {};

TEST_P(GoldenFixedRun, golden_states_and_calls) {
  FunctionField net([&](const at::Tensor& x, float t) { return sit_->step(x, t, prepared_); });
  CountingField counter(net);
  RecordedNoise noise(start_, golden_tensor(io_, "noise").narrow(1, 0, rows_));
  expect_states([&](const StateObserver& observe) {
    return sample_flow(counter, noise, start_.sizes(), transport_, options_, observe);
  });
  EXPECT_EQ(noise.draws(), run_["noise_draws"].get<int64_t>());
  expect_calls(counter);
}

// The steps of dopri5 depend on all rows of its state together. The original's state holds every
// picture twice; outside the guidance interval the second half goes its own way, without class.
class GoldenAdaptiveRun : public GoldenRun {};

TEST_P(GoldenAdaptiveRun, golden_states_of_the_doubled_batch) {
  FunctionField net([&](const at::Tensor& x, float t) { return sit_->step(x, t, prepared_); });
  // A scale of 1 is nothing special here: the first error estimates are as small as the rounding of
  // u + (c - u), and the steps follow from them.
  const Guidance interval{.scale = 2, .low = options_.interval[0], .high = options_.interval[1]};
  FunctionField doubled([&](const at::Tensor& x, float t) {
    if (!interval.active(t)) return net.evaluate(x, t);
    const at::Tensor half = x.narrow(0, 0, rows_);
    const std::vector<at::Tensor> both = net.evaluate(at::cat({half, half}), t).chunk(2);
    const at::Tensor guided = both[1] + (both[0] - both[1]) * options_.cfg;
    return at::cat({guided, guided});
  });
  CountingField counter(doubled);
  const at::Tensor start = at::cat({start_, start_});
  RecordedNoise noise(start, {});
  SamplingOptions unguided = options_;  // guidance is in the field already
  unguided.cfg = 1;
  expect_states([&](const StateObserver& observe) {
    return sample_flow(counter, noise, start.sizes(), transport_, unguided, observe);
  });
  expect_first_calls(counter);
}

std::vector<std::string> runs(bool adaptive) {
  std::vector<std::string> names;
  for (const json& run : recorded_runs()) {
    if ((sampling_of(run).solver == Solver::dopri5) == adaptive) names.push_back(run["name"]);
  }
  return names;
}

TEST(GoldenRuns, golden_set_has_both_kinds) {
  EXPECT_FALSE(runs(false).empty());
  EXPECT_FALSE(runs(true).empty());
}

std::string run_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(golden, GoldenFixedRun, ::testing::ValuesIn(runs(false)), run_name);
INSTANTIATE_TEST_SUITE_P(golden, GoldenAdaptiveRun, ::testing::ValuesIn(runs(true)), run_name);

TEST(GoldenGuidance, golden_inside_outside_and_on_the_ends) {
  const SafetensorsFile io = open_golden("generator/io.safetensors");
  const json settings = golden_json("generator/meta.json")["cfg"];
  const at::Tensor x = golden_tensor(io, "cfg_x"), cond = golden_tensor(io, "cfg_cond");
  const Sit sit = golden_sit("generator", cond.size(2));
  const PreparedSit prepared = sit.prepare(golden_tensor(io, "cfg_y"), cond);
  FunctionField net([&](const at::Tensor& state, float t) { return sit.step(state, t, prepared); });
  const int64_t rows = x.size(0) / 2;
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
