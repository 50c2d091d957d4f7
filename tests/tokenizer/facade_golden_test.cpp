// The facade, from picture to picture, on the golden tokenizers: 256 and 512 pixels.
#include "tests/tokenizer/golden_tokenizer.h"

namespace gpst {
namespace {

constexpr Tolerance kEndToEnd{.absolute = 5e-3, .outliers = 1e-3, .outlier_absolute = 5e-2};

class GoldenFacade : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenTokenizer& golden() { return GoldenTokenizer::get(GetParam()); }

  // Whether region order equals the original's (it depends on a near-tie in a few cases).
  static bool same_order(const std::string& partition_case) {
    const nlohmann::json cases = golden_json("partition/cases.json");
    for (const auto& each : cases.at("cases")) {
      if (each.at("name") == partition_case) return each.at("same_partition_with_plain_resize");
    }
    throw std::runtime_error("no partition case " + partition_case);
  }

  static void expect_tokens(const EncodedPicture& encoded, const at::Tensor& initial,
                            const at::Tensor& tokens, double tolerance) {
    EXPECT_TRUE(at::equal(encoded.initial.values(), initial));
    EXPECT_TRUE(tensors_close(encoded.tokens.values(), tokens, {.absolute = tolerance}));
  }
};

class GoldenFacadeOneTile : public GoldenFacade {};
class GoldenFacadeSeveralTiles : public GoldenFacade {};

TEST_P(GoldenFacadeOneTile, ReconstructsThePicture) {
  const SafetensorsFile& io = golden().io();
  const Tokenizer tokenizer = golden().tokenizer().to(at::kCPU, at::kFloat);  // as commands do
  const EncodedPicture encoded = tokenizer.encode(golden().pictures()[0]);
  if (same_order(golden().meta().at("partitions").at(0))) {
    expect_tokens(encoded, golden_tensor(io, "init_gpscodes").slice(0, 0, 1),
                  golden_tensor(io, "tokens").slice(0, 0, 1), 3e-4);
  }
  EXPECT_TRUE(golden().recon_close(tokenizer.decode(encoded).unsqueeze(0), kEndToEnd));
}

// 512 pixels: M128 merges its tiles onto one canvas, L256 decodes them alone.
TEST_P(GoldenFacadeSeveralTiles, ReconstructsThePicture) {
  const SafetensorsFile io = golden().open("io512.safetensors");
  const nlohmann::json& meta = golden().meta().at("io512");
  const at::Tensor u8 = golden_tensor(open_golden("partition/images.safetensors"),
                                      meta.at("image").get<std::string>());   // [H,W,3]
  const Tokenizer tokenizer = golden().tokenizer().to(at::kCPU, at::kFloat);  // as commands do
  const EncodedPicture encoded = tokenizer.encode(picture_of_u8(u8));
  ASSERT_EQ(encoded.tiles, meta.at("np").get<int64_t>());
  if (same_order(meta.at("partition"))) {
    expect_tokens(encoded, golden_tensor(io, "init_gpscodes"), golden_tensor(io, "tokens"), 1e-3);
  }
  const auto expect_recon = [&](const at::Tensor& recon, const Tolerance& tolerance) {
    for (const std::string name : {"recon_sub4", "recon_rows"}) {
      const at::Tensor part = python_slice(recon.unsqueeze(0), meta.at(name).get<std::string>());
      EXPECT_TRUE(tensors_close(part, golden_tensor(io, name), tolerance)) << name;
    }
  };
  const at::Tensor recon = tokenizer.decode(Tokens(golden_tensor(io, "tokens")), encoded.tiles);
  expect_recon(recon, {.absolute = 5e-4});
  EXPECT_TRUE(
      u8_close(python_slice(u8_of_picture(recon), meta.at("recon_u8_sub2").get<std::string>()),
               golden_tensor(io, "recon_u8_sub2")));
  expect_recon(tokenizer.decode(encoded), kEndToEnd);
}

// The larger pictures cover the single tile too.
INSTANTIATE_TEST_SUITE_P(All, GoldenFacadeOneTile,
                         ::testing::ValuesIn(GoldenTokenizer::names_without("io512.safetensors")),
                         [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(All, GoldenFacadeSeveralTiles,
                         ::testing::ValuesIn(GoldenTokenizer::names_with("io512.safetensors")),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace gpst
