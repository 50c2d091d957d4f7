// The original's training losses and gradients on stored data, noise and times.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "flow/loss.h"
#include "flow/training_draws.h"
#include "tests/support/golden_sit.h"

namespace gpst {
namespace {

using nlohmann::json;

TransportOptions transport_of(const json& entry) {
  const json& weight = entry["loss_weight"];
  Config config;
  config.set("path_type", entry["path"].get<std::string>(), "test");
  config.set("prediction", entry["prediction"].get<std::string>(), "test");
  config.set("loss_weight", weight.is_null() ? "none" : weight.get<std::string>(), "test");
  TransportOptions options;
  config.read("", options);
  return options;
}

class GoldenLoss : public ::testing::TestWithParam<json> {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, "train." + name); }

  // t = u (t1 - t0) + t0, in float32 as the original computed it.
  std::vector<float> times(const TransportOptions& transport) const {
    const TimeInterval interval = training_interval(transport);
    const at::Tensor t = io("u") * (interval.t1 - interval.t0) + interval.t0;
    return {t.const_data_ptr<float>(), t.const_data_ptr<float>() + t.numel()};
  }

  at::Tensor labels_with_drops(int64_t none) const {
    return at::where(io("drop"), at::full_like(io("y"), none), io("y"));
  }

  at::Tensor condition() const {
    const at::Tensor clean = io("cond");
    return GetParam()["cond_noise"].get<bool>() ? clean + io("cond_noise") : clean;
  }

  void expect_gradients(const Sit& sit) const {
    const json grads = GetParam().value("grads", json::object());
    const auto parameters = sit.module().named_parameters();
    for (const auto& [name, entry] : grads.items()) {
      const at::Tensor all = parameters[name].grad().flatten();
      const at::Tensor some = all.slice(0, 0, all.numel(), entry["stride"].get<int64_t>());
      const at::Tensor expected = io(GetParam()["name"].get<std::string>() + ".grad." + name);
      const Tolerance tolerance{.absolute = 1e-4 * entry["absmax"].get<double>()};
      EXPECT_TRUE(tensors_close(some.narrow(0, 0, expected.numel()), expected, tolerance)) << name;
    }
  }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
};

TEST_P(GoldenLoss, golden_values_and_gradients) {
  at::set_num_threads(1);
  const json& entry = GetParam();
  const std::string name = entry["name"];
  const TransportOptions transport = transport_of(entry);
  const TimeInterval interval = training_interval(transport);
  EXPECT_NEAR(interval.t0, entry["t_interval"][0].get<double>(), 1e-12);
  EXPECT_NEAR(interval.t1, entry["t_interval"][1].get<double>(), 1e-12);

  const at::Tensor condition = this->condition();
  const Sit sit = golden_sit("generator", condition.size(2));
  const std::vector<float> t = times(transport);
  const FlowTarget target = flow_target(io("x1"), io("x0"), t, transport);
  const at::Tensor t_rows = at::tensor(t, at::kFloat);
  const at::Tensor output =
      sit.forward(target.xt, t_rows, labels_with_drops(sit.no_class()), condition);
  const at::Tensor loss = flow_loss(output, target);
  const at::Tensor expected = io(name + ".loss");
  EXPECT_TRUE(tensors_close(loss / expected, at::ones_like(expected), {.absolute = 1e-5}));
  if (!entry.contains("grads")) return;
  EXPECT_TRUE(tensors_close(t_rows, io(name + ".t"), {.absolute = 1e-7}));
  const at::Tensor sub = io(name + ".pred_sub");
  const int64_t stride = output.size(2) / sub.size(2);
  EXPECT_TRUE(tensors_close(output.slice(2, 0, output.size(2), stride), sub, {.absolute = 2e-5}));
  loss.mean().backward();
  expect_gradients(sit);
}

std::vector<json> all_losses() { return golden_json("generator/meta.json")["training"]; }

std::string loss_name(const ::testing::TestParamInfo<json>& info) { return info.param["name"]; }

INSTANTIATE_TEST_SUITE_P(golden, GoldenLoss, ::testing::ValuesIn(all_losses()), loss_name);

}  // namespace
}  // namespace gpst
