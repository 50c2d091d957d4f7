// The recorded runs of the original's samplers (tests/golden/generator): settings, net, states.
#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/sample.h"
#include "tests/support/golden_sit.h"

namespace gpst {

using nlohmann::json;

inline json recorded_runs() { return golden_json("generator/meta.json")["runs"]; }

// The original's names of solvers and forms that we call otherwise.
inline std::string our_name(const std::string& name) {
  static const std::map<std::string, std::string> names{
      {"heun2", "heun"}, {"inccreasing-decreasing", "increasing-decreasing"}};
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

inline std::string text_of(const json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? our_name(value.get<std::string>()) : value.dump();
}

// A run's entry in meta.json as our options, read like any configuration.
inline SamplingOptions sampling_of(const json& run) {
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

inline TransportOptions transport_of(const json& run) {
  Config config;
  config.set("path_type", run["path"].get<std::string>(), "test");
  config.set("prediction", run["prediction"].get<std::string>(), "test");
  config.set("sample_eps", run["sample_eps"].dump(), "test");
  TransportOptions options;
  config.read("", options);
  return options;
}

// As the golden README says.
inline Tolerance tolerance_of(const TransportOptions& transport, const SamplingOptions& options) {
  constexpr int64_t kFewSteps = 25;
  const bool velocity = transport.prediction == Prediction::velocity;
  if (options.solver == Solver::dopri5) {
    if (!velocity) return {.relative = 1e-3};
    if (options.cfg != 1 && options.interval[0] > 0) return {.absolute = 3e-2};
    return {.absolute = 2e-4};
  }
  if (!velocity || transport.path_type == PathType::vp) return {.relative = 2e-4};
  const bool few = is_sde(options.solver) && options.steps < kFewSteps &&
                   options.diffusion_form == DiffusionForm::sbdm;
  return {.relative = few ? 5e-4 : 5e-5};
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
    condition_ = golden_tensor(io_, "cond").narrow(0, 0, rows_);
    sit_.emplace(golden_sit("generator", condition_.size(2)));
    y_ = golden_tensor(io_, "y").narrow(0, 0, rows_);
    start_ = golden_tensor(io_, "z").narrow(0, 0, rows_);
  }

  // The largest difference from the kept states and the last one, in units of the tolerance; of a
  // doubled state the rows with class. Tolerances are relative to the largest value of the run:
  // first steps with 1/t = 1000 cancel large numbers, so small states are not more exact.
  double deviation(const std::function<at::Tensor(const StateObserver&)>& sample) const {
    const at::Tensor expected = golden_tensor(io_, GetParam() + ".final");
    const Tolerance allowed = tolerance_of(transport_, options_);
    const double unit = allowed.absolute + allowed.relative * expected.abs().max().item<double>();
    double largest = 0;
    size_t compared = 0;
    const auto compare = [&](const at::Tensor& x, const at::Tensor& state) {
      const double off = (x.narrow(0, 0, rows_) - state).abs().max().item<double>();
      largest = off >= 0 ? std::max(largest, off / unit) : off;  // NaN stays
    };
    const at::Tensor end = sample([&](int64_t k, const at::Tensor& x) {
      const TensorView* kept = io_.find(GetParam() + ".x" + std::to_string(k));
      if (kept == nullptr) return;
      ++compared;
      compare(x, to_tensor(*kept));
    });
    compare(end, expected);
    EXPECT_EQ(compared, run_["kept_states"].size());
    return largest;
  }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
  json run_;
  SamplingOptions options_;
  TransportOptions transport_;
  int64_t rows_ = 0;
  std::optional<Sit> sit_;
  at::Tensor y_, condition_;  // of the pictures
  at::Tensor start_;
};

inline std::vector<std::string> golden_run_names(bool adaptive) {
  std::vector<std::string> names;
  for (const json& run : recorded_runs()) {
    if ((sampling_of(run).solver == Solver::dopri5) == adaptive) names.push_back(run["name"]);
  }
  return names;
}

// The name of a run as GoogleTest allows it.
inline std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace gpst
