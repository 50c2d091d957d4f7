// Pictures to tokens and back on the CPU and where the kernels are.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "eval/pixel_metrics.h"
#include "sampler/tokenizer_batches.h"
#include "tests/support/kernel_device.h"
#include "tests/support/tiny_sampler.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

// Smooth in places and busy in others, so that the partition has something to decide.
std::vector<at::Tensor> drawn_pictures(int64_t count, int64_t side) {
  std::vector<at::Tensor> pictures;
  const at::Tensor x = at::linspace(-1, 1, side), y = x.unsqueeze(1);
  for (int64_t i = 0; i < count; ++i) {
    const double k = 3.0 + static_cast<double>(i);
    pictures.push_back(at::stack({(x * k * 4).sin() * (y > 0), (y * k).cos().expand({side, side}),
                                  (x * y * k).sin()})
                           .to(at::kFloat)
                           .contiguous());  // [3,S,S]
  }
  return pictures;
}

double worst_reconstruction(int64_t side, at::ScalarType type) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const auto pictures = drawn_pictures(2, side);
  const auto made = on_kernels([&] {
    const Tokenizer placed = tiny_tokenizer({.device = kernel_device(), .type = type});
    TokenizerBatches batches(placed);
    return batches.reconstruct(pictures, {}, Rounding::nearest)();
  });
  double worst = 200;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Picture8 expected =
        picture_from(tokenizer.decode(tokenizer.encode(pictures[i])), Rounding::nearest);
    worst = std::min(worst, psnr(made[i].decoded, expected).value_or(200));
  }
  return worst;
}

TEST(DeviceTokenizer, ReconstructsAsTheCpu) { EXPECT_GT(worst_reconstruction(32, at::kFloat), 40); }

TEST(DeviceTokenizer, ReconstructsTiledPicturesAsTheCpu) {
  EXPECT_GT(worst_reconstruction(64, at::kFloat), 40);
}

TEST(DeviceTokenizer, Bfloat16IsNear) { EXPECT_GT(worst_reconstruction(32, at::kBFloat16), 25); }

TEST(DeviceTokenizer, OnePictureGoesFromHostToHost) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const at::Tensor picture = drawn_pictures(1, 32)[0];
  const at::Tensor expected = tokenizer.decode(tokenizer.encode(picture));
  const at::Tensor made = on_kernels([&] {
    const Tokenizer placed = tiny_tokenizer({.device = kernel_device(), .type = at::kFloat});
    return placed.decode(placed.encode(picture));
  });
  ASSERT_TRUE(made.device().is_cpu());
  EXPECT_LT((made - expected).abs().max().item<double>(), 1e-2);
}

}  // namespace
}  // namespace gpst
