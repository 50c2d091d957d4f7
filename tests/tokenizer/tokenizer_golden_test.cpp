// Every stage of encoder and decoder against the golden tokenizers (golden README, section 4).
#include "tests/tokenizer/golden_tokenizer.h"

namespace gpst {
namespace {

class GoldenStages : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenTokenizer& golden() { return GoldenTokenizer::get(GetParam()); }

  void expect_stage(const StageTrace& stages, const std::string& stage, double tolerance) {
    ASSERT_TRUE(stages.contains(stage)) << stage;
    EXPECT_TRUE(tensors_close(golden().stored_part(stages.at(stage), stage),
                              golden_tensor(golden().io(), stage), {.absolute = tolerance}))
        << GetParam() << ": " << stage;
  }
};

TEST_P(GoldenStages, PicturesBecomeFloat) {
  const at::Tensor expected = golden_tensor(golden().io(), "image_f32_sub8");
  EXPECT_TRUE(at::equal(golden().stored_part(golden().pictures(), "image_f32_sub8"), expected));
}

TEST_P(GoldenStages, Encoder) {
  const StageTrace& stages = golden().encoder_stages();
  expect_stage(stages, "stem_conv", 3e-5);
  expect_stage(stages, "stem", 3e-5);
  expect_stage(stages, "roialign", 1.5e-4);
  expect_stage(stages, "init_embed", golden().fair_tolerance("init_embed"));
  expect_stage(stages, "attn0", 3e-4);
  expect_stage(stages, "attn1", 3e-4);
  expect_stage(stages, "gps_delta", 1e-4);
  expect_stage(stages, "tokens", 3e-4);
}

// The encoder never forms these, so the 1x1 convolution is applied here, with the loaded weights.
TEST_P(GoldenStages, RegionFeaturesAfterTheConvolution) {
  const auto weights = golden().model()->named_parameters();
  const at::NoGradGuard no_grad;
  const at::Tensor features =
      at::conv2d(golden().encoder_stages().at("roialign"), weights["roialign_layer.weight"],
                 weights["roialign_layer.bias"]);
  expect_stage({{"roi_feat", features}}, "roi_feat", 1.5e-4);
}

TEST_P(GoldenStages, Decoder) {
  const StageTrace& stages = golden().decoder_stages();
  expect_stage(stages, "rendered", 5e-4);
  for (const auto& [stage, value] : stages) {
    if (stage.starts_with("dec_")) expect_stage(stages, stage, 1e-3);
  }
}

TEST_P(GoldenStages, ReconstructionFromGoldenTokens) {
  const at::Tensor recon = golden().decoder_stages().at("recon");
  EXPECT_TRUE(golden().recon_close(recon, {.absolute = 5e-4}));
  EXPECT_TRUE(u8_close(u8_of_picture(recon), golden_tensor(golden().io(), "recon_u8")));
}

TEST_P(GoldenStages, ReconstructionEndToEnd) {
  const at::NoGradGuard no_grad;
  const at::Tensor tokens = golden().encoder_stages().at("tokens").slice(0, 0, 1);
  EXPECT_TRUE(golden().recon_close(golden().model()->decode(tokens),
                                   {.absolute = 5e-3, .outliers = 1e-3, .outlier_absolute = 5e-2}));
}

INSTANTIATE_TEST_SUITE_P(All, GoldenStages, ::testing::ValuesIn(GoldenTokenizer::names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace gpst
