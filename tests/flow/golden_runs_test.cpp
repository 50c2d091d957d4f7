// Every recorded run of the original's samplers, with its stored noise.
#include <gtest/gtest.h>

#include <map>

#include "flow/guidance.h"
#include "flow/sample.h"
#include "tests/support/golden_sit.h"

namespace gpst {
namespace {

using nlohmann::json;

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
Tolerance tolerance_of(const TransportOptions& transport, const SamplingOptions& options) {
  constexpr int64_t kFewSteps = 25;
  const bool velocity = transport.prediction == Prediction::velocity;
  if (options.solver == Solver::dopri5) {
    if (!velocity) return {.relative = 1e-3};
    const bool switched = options.cfg != 1 && options.interval[0] > 0;
    return {.absolute = switched ? 3e-2 : 2e-4};
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

class GoldenRun : public ::testing::TestWithParam<json> {};

TEST_P(GoldenRun, golden_states_and_calls) {
  const json& run = GetParam();
  const std::string name = run["name"];
  const SafetensorsFile io = open_golden("generator/io.safetensors");
  const int64_t rows = run["batch"];
  const at::Tensor cond = golden_tensor(io, "cond").narrow(0, 0, rows);
  const Sit sit = golden_sit("generator", cond.size(2));
  const at::Tensor classes = golden_tensor(io, "y").narrow(0, 0, rows);
  const at::Tensor y = at::cat({classes, at::full_like(classes, sit.no_class())});
  const PreparedSit prepared = sit.prepare(y, at::cat({cond, cond}));

  const SamplingOptions options = sampling_of(run);
  const TransportOptions transport = transport_of(run);
  const Tolerance tolerance = tolerance_of(transport, options);
  RecordedNoise noise(golden_tensor(io, "z").narrow(0, 0, rows),
                      golden_tensor(io, "noise").narrow(1, 0, rows));
  FunctionField net([&](const at::Tensor& x, float t) { return sit.step(x, t, prepared); });
  CountingField counter(net);
  const at::Tensor start = golden_tensor(io, "z").narrow(0, 0, rows);
  size_t compared = 0;
  const at::Tensor end = sample_flow(
      counter, noise, start.sizes(), transport, options, [&](int64_t k, const at::Tensor& x) {
        const TensorView* kept = io.find(name + ".x" + std::to_string(k));
        if (kept == nullptr) return;
        ++compared;
        EXPECT_TRUE(tensors_close(x, to_tensor(*kept), tolerance)) << "state " << k;
      });
  EXPECT_TRUE(tensors_close(end, golden_tensor(io, name + ".final"), tolerance));
  EXPECT_EQ(compared, run["kept_states"].size());
  EXPECT_EQ(noise.draws(), run["noise_draws"].get<int64_t>());
  if (options.solver == Solver::dopri5) return;  // chooses its own times

  const std::vector<double> times = expected_times(run);
  ASSERT_EQ(counter.times().size(), times.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(counter.times()[i], times[i], 1e-6);
  EXPECT_EQ(counter.rows(), rows * rows_per_picture(transport, options));
}

std::vector<json> all_runs() { return golden_json("generator/meta.json")["runs"]; }

std::string run_name(const ::testing::TestParamInfo<json>& info) {
  std::string name = info.param["name"];
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(golden, GoldenRun, ::testing::ValuesIn(all_runs()), run_name);

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
