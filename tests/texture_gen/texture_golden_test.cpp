// From the published configuration and weights to tokens, with the original's noise.
#include <gtest/gtest.h>

#include "ops/token_columns.h"
#include "tests/support/golden_sit.h"
#include "texture_gen/texture_model.h"
#include "texture_gen/texture_target.h"

namespace gpst {
namespace {

constexpr Tolerance kTokens{.absolute = 1e-4};

class TextureGolden : public ::testing::Test {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, name); }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
  nlohmann::json meta_ = golden_json("generator/meta.json");
  TextureOptions options_ = read_texture_options(golden_config("generator"));
};

TEST_F(TextureGolden, tokens_of_a_stored_sample) {
  const at::Tensor sample = io(meta_["post"]["source"].get<std::string>());
  const Tokens tokens = tokens_from_sample(sample, Layout(io("cond")), options_.statistics);
  EXPECT_TRUE(tensors_close(tokens.values(), io("post.tokens"), kTokens));
  const at::Tensor before = io("post.tokens_before_clamp_first5");
  const auto changed = [&](int64_t first, int64_t count) {
    const at::Tensor now = tokens.geometry().narrow(2, first, count);
    return ((now - before.narrow(2, first, count)).abs() > 1e-4).sum().item<int64_t>();
  };
  EXPECT_LE(changed(kSigmaX, 2), meta_["post"]["clamped_sigma"].get<int64_t>());
  EXPECT_LE(changed(kRho, 1), meta_["post"]["clamped_rho"].get<int64_t>());
  EXPECT_EQ(changed(kX, 2), 0);
}

TEST_F(TextureGolden, sampled_tokens) {
  const std::string source = meta_["post"]["source"];
  const std::string run_name = source.substr(0, source.find('.'));
  nlohmann::json run;
  for (const auto& entry : meta_["runs"]) {
    if (entry["name"] == run_name) run = entry;
  }
  SamplingOptions sampling;
  sampling.steps = run["settings"]["num_steps"];
  sampling.cfg = run["cfg_scale"];
  sampling.interval = {run["guidance_low"], run["guidance_high"]};
  const TextureSampler model =
      TextureModel::load(options_, open_golden("generator/model.safetensors"), Log::silent())
          .frozen(at::kCPU, at::kFloat);
  const at::Tensor y = io("y");
  const std::span<const int64_t> labels(y.const_data_ptr<int64_t>(),
                                        static_cast<size_t>(y.numel()));
  RecordedNoise noise(io("z"), io("noise"));
  const Tokens tokens = model.sample(Layout(io("cond")), labels, noise, sampling);
  // The sample's own tolerance (5e-5 of its maximum), scaled by the largest deviation.
  const double scale = *std::ranges::max_element(options_.statistics.std);
  const double largest = io(source).abs().max().item<double>();
  EXPECT_TRUE(tensors_close(tokens.values(), io("post.tokens"),
                            {.absolute = 1e-4 + 5e-5 * largest * scale}));
}

}  // namespace
}  // namespace gpst
