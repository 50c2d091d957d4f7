// The shipped tokenizer in bfloat16 beside float32: what its users may rely on. On a CPU without
// bfloat16 products rounded values are multiplied in float32, with the same errors.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/log.h"
#include "tests/tokenizer/small_tokenizers.h"

namespace gpst {
namespace {

Tokenizer shipped(at::ScalarType type) {
  at::set_num_threads(1);  // as the program works
  const std::string folder = GPST_SOURCE_DIR "/models/tiny64/";
  return Tokenizer::load(Config::from_yaml_file(folder + "config.yaml"),
                         folder + "tokenizer.safetensors", Log::silent())
      .to(at::kCPU, type);
}

class Bf16Tokenizer : public ::testing::Test {
 protected:
  // Pictures that differ, with coarse and fine detail: [3,64,64] in [-1,1].
  std::vector<at::Tensor> pictures() const {
    const at::Tensor first = waves(exact_.options().tile_side());
    return {first, first.roll({9, 20}, {1, 2}).flip({0}), at::avg_pool2d(first, 9, 1, 4)};
  }

  const Tokenizer exact_ = shipped(at::kFloat), rounded_ = shipped(at::kBFloat16);
};

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

// Peak signal to noise in dB of pictures in [-1,1].
double psnr(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor difference = (a.clamp(-1, 1) - b.clamp(-1, 1)).to(at::kDouble);
  return 10 * std::log10(4 / difference.square().mean().item<double>());
}

TEST_F(Bf16Tokenizer, TokensAreWithinHundredths) {
  std::vector<at::Tensor> features, differences;  // [1,l,c]
  for (const at::Tensor& picture : pictures()) {
    const EncodedPicture expected = exact_.encode(picture), found = rounded_.encode(picture);
    EXPECT_TRUE(at::equal(found.initial.values(), expected.initial.values()));
    const double geometry = largest(found.tokens.geometry() - expected.tokens.geometry());
    EXPECT_LT(geometry, 2e-2);
    EXPECT_GT(geometry, 0) << "the type changed nothing";
    features.push_back(expected.tokens.features());
    differences.push_back(found.tokens.features() - expected.tokens.features());
  }
  // Features have no scale of their own: in standard deviations of their channel.
  const at::Tensor deviation = at::cat(features, 1).std(at::IntArrayRef{1}, true, true);
  EXPECT_LT(largest(at::cat(differences, 1) / deviation), 4e-2);
}

TEST_F(Bf16Tokenizer, ReconstructionsAgreeTo45Decibels) {
  for (const at::Tensor& picture : pictures()) {
    const at::Tensor expected = exact_.decode(exact_.encode(picture));
    EXPECT_GT(psnr(rounded_.decode(rounded_.encode(picture)), expected), 45);
    EXPECT_GT(psnr(expected, picture), 10) << "not a picture of what was given";
  }
}

}  // namespace
}  // namespace gpst
