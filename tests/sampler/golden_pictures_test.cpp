// From the original's sample to tokens and on to pictures, with the golden generator's statistics
// and the tokenizer that the original decoded with.
#include <gtest/gtest.h>

#include "tests/support/golden_sit.h"
#include "texture_gen/texture_options.h"
#include "texture_gen/texture_target.h"
#include "tokenizer/picture_tensor.h"
#include "tokenizer/tokenizer.h"

namespace gpst {
namespace {

class GoldenPictures : public ::testing::Test {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, name); }

  // Every picture decoded by itself, as the sampler does: [b,3,S,S].
  at::Tensor decoded(const at::Tensor& tokens /*[b,l,5+c]*/) const {
    std::vector<at::Tensor> pictures;
    for (int64_t i = 0; i < tokens.size(0); ++i) {
      pictures.push_back(tokenizer_.decode(Tokens(tokens.slice(0, i, i + 1))));
    }
    return at::stack(pictures);
  }

  void expect_pictures(const at::Tensor& pictures, const Tolerance& tolerance) const {
    const std::string part = meta_.at("post").at("recon_sub4");
    EXPECT_TRUE(tensors_close(python_slice(pictures, part), io("post.recon_sub4"), tolerance));
    const Picture8 first = picture_from(pictures[0], Rounding::truncate);
    const at::Tensor u8 = io("post.recon_u8_item0");  // [S,S,3]
    const at::Tensor made = at::tensor(first.rgb, at::kByte).view(u8.sizes());
    const at::Tensor difference = (made.to(at::kInt) - u8.to(at::kInt)).abs();
    EXPECT_LT((difference > 0).to(at::kDouble).mean().item<double>(), 0.01);
    EXPECT_LE((difference > 1).to(at::kDouble).mean().item<double>(), tolerance.outliers);
  }

  const SafetensorsFile io_ = open_golden("generator/io.safetensors");
  const nlohmann::json meta_ = golden_json("generator/meta.json");
  const Tokenizer tokenizer_ =
      Tokenizer::load(golden_config("tokenizer_m128"),
                      golden_path("tokenizer_m128/model.safetensors").string(), Log::silent());
};

TEST_F(GoldenPictures, of_the_stored_tokens) {
  expect_pictures(decoded(io("post.tokens")), {.absolute = 5e-4});
}

// A Gaussian may cross the border of its support at a pixel when tokens differ in the last bits.
TEST_F(GoldenPictures, of_the_stored_sample) {
  const ChannelStatistics statistics = read_texture_options(golden_config("generator")).statistics;
  const at::Tensor sample = io(meta_.at("post").at("source").get<std::string>());
  const Tokens tokens = tokens_from_sample(sample, Layout(io("cond")), statistics);
  expect_pictures(decoded(tokens.values()),
                  {.absolute = 5e-3, .outliers = 1e-3, .outlier_absolute = 5e-2});
}

}  // namespace
}  // namespace gpst
