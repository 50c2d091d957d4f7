// Small tokenizers with fused kernels against the CPU: a batch of pictures of 2 x 2 tiles. The
// tiles are cut beforehand (emulated, that takes most of the time); the golden test cuts on the
// device.
#include <gtest/gtest.h>

#include "tests/support/golden_tensor.h"
#include "tests/support/kernel_device.h"
#include "tests/support/signal_ratio.h"
#include "tests/tokenizer/small_tokenizers.h"

namespace gpst {
namespace {

using Partitions = std::vector<std::vector<Partition>>;

struct Round {
  at::Tensor tokens;    // [B*4,l,5+c]
  at::Tensor pictures;  // [B,3,2*S,2*S] of `tokens_to_decode`
};

at::Tensor host(const at::Tensor& tensor) { return tensor.to(at::kCPU, at::kFloat); }

Round round_trip(const Tokenizer& tokenizer, const at::Tensor& pictures,
                 const Partitions& partitions, const at::Tensor& tokens_to_decode) {
  const EncodedBatch encoded = tokenizer.encode_batch(pictures, partitions);
  const at::Tensor decoded = tokenizer.decode_batch(tokens_to_decode, encoded.tiles);
  return {host(encoded.tokens.values()), host(decoded)};
}

class PlacedOnKernels : public ::testing::TestWithParam<TileRule> {
 protected:
  static TokenizerOptions with_tiles(TokenizerOptions options) {
    options.gps.tiles = GetParam();
    return options;
  }

  // The plain tokenizer on the CPU, and a placed one on the kernels with the same tokens to decode.
  void compare(const TokenizerOptions& options, at::ScalarType type) {
    const at::NoGradGuard no_grad;
    const auto model = drawn(options);
    at::manual_seed(1);
    model->named_parameters()["to_gps.0.weight"].normal_(0, 0.2);
    const Tokenizer plain(model);
    const at::Tensor picture = waves(2 * options.tile_side());
    const at::Tensor pictures = at::stack({picture, picture.flip(1)});
    const Partitions partitions{plain.partition(pictures[0]), plain.partition(pictures[1])};
    const at::Tensor tokens = plain.encode_batch(pictures, partitions).tokens.values();
    expected_ = round_trip(plain, pictures, partitions, tokens);
    const KernelScope kernels;
    found_ = round_trip(plain.to(kernel_device(), type), to_kernels(pictures), partitions,
                        to_kernels(tokens));
  }

  Round expected_, found_;
};

TEST_P(PlacedOnKernels, Float32IsTheCpuUpToRounding) {
  for (const TokenizerOptions& options : {tiny_variant(), small_published()}) {
    compare(with_tiles(options), at::kFloat);
    EXPECT_TRUE(tensors_close(found_.tokens, expected_.tokens, {.absolute = 2e-4}));
    EXPECT_TRUE(tensors_close(found_.pictures, expected_.pictures, {.absolute = 2e-4}));
  }
}

TEST_P(PlacedOnKernels, Bfloat16IsClose) {
  compare(with_tiles(small_published()), at::kBFloat16);
  EXPECT_GT(signal_ratio_db(found_.tokens, expected_.tokens), 40);
  EXPECT_GT(signal_ratio_db(found_.pictures, expected_.pictures), 40);
}

INSTANTIATE_TEST_SUITE_P(Tiles, PlacedOnKernels,
                         ::testing::Values(TileRule::merge, TileRule::alone), [](const auto& test) {
                           return test.param == TileRule::merge ? "Merged" : "Alone";
                         });

}  // namespace
}  // namespace gpst
