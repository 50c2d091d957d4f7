// The unconditioned net of the golden layout folder: forward, ODE and SDE with stored noise.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "flow/sample.h"
#include "flow/sit_field.h"
#include "tests/support/golden_sit.h"

namespace gpst {
namespace {

class LayoutGolden : public ::testing::Test {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, name); }

  // Samples with the settings of the meta file; `states` may receive every state.
  at::Tensor sample(const SamplingOptions& options, std::vector<at::Tensor>* states = nullptr) {
    const at::Tensor y = io("y"), z = io("z");
    SitField field(FrozenSit(net_, at::kCPU, at::kFloat), y, {},
                   {.tokens = z.size(2), .times = evaluation_times({}, options)});
    RecordedNoise noise(z, io("sde_noise"));
    return sample_flow(field, noise, z.sizes(), {}, options, [&](int64_t, const at::Tensor& x) {
      if (states != nullptr) states->push_back(x);
    });
  }

  SamplingOptions ode_options() const {
    SamplingOptions options;
    options.solver = parse_solver(meta_["ode"]["method"].get<std::string>());
    options.steps = meta_["ode"]["num_steps"];
    options.cfg = meta_["ode"]["cfg_scale"];
    options.interval = {meta_["ode"]["guidance_low"], meta_["ode"]["guidance_high"]};
    return options;
  }

  SafetensorsFile io_ = open_golden("layout/io.safetensors");
  nlohmann::json meta_ = golden_json("layout/meta.json");
  Sit net_ = golden_sit("layout", 0);
  at::NoGradGuard no_grad_;
};

TEST_F(LayoutGolden, forward) {
  EXPECT_TRUE(tensors_close(net_.forward(io("fwd_x"), io("fwd_t"), io("fwd_y")), io("fwd_out"),
                            {.absolute = 2e-5}));
}

TEST_F(LayoutGolden, ode_states_with_guidance) {
  std::vector<at::Tensor> states;
  sample(ode_options(), &states);
  EXPECT_TRUE(tensors_close(at::stack(states), io("ode_cfg_states"), {.absolute = 5e-5}));
}

TEST_F(LayoutGolden, ode_states_without_guidance) {
  SamplingOptions options = ode_options();
  options.cfg = 1;
  std::vector<at::Tensor> states;
  sample(options, &states);
  EXPECT_TRUE(tensors_close(at::stack(states), io("ode_plain_states"), {.absolute = 5e-5}));
}

TEST_F(LayoutGolden, sde_with_guidance) {
  SamplingOptions options = ode_options();
  Config settings;
  settings.set("solver", meta_["sde"]["method"] == "Heun" ? "sde-heun" : "sde-euler", "test");
  settings.set("steps", meta_["sde"]["num_steps"].dump(), "test");
  settings.set("last_step_size", meta_["sde"]["last_step_size"].dump(), "test");
  for (const char* key : {"diffusion_form", "last_step"}) {
    settings.set(key, meta_["sde"][key].get<std::string>(), "test");
  }
  settings.read("", options);
  EXPECT_TRUE(tensors_close(sample(options), io("sde_cfg_final"), {.absolute = 5e-4}));
}

}  // namespace
}  // namespace gpst
