#include "sampler/batch_size.h"

#include <gtest/gtest.h>

#include "sampler/padded_batch.h"
#include "tests/support/tiny_tokenizer.h"

namespace gpst {
namespace {

// Three maps of 8 channels of 32x32 float32 a picture.
constexpr int64_t kPictureBytes = 3 * 8 * 32 * 32 * 4;

int64_t batch_with(int64_t free_bytes, at::ScalarType type = at::kFloat) {
  return batch_that_fits(tiny_tokenizer_options(), 32, type, {.free = free_bytes});
}

TEST(BatchSize, IsTheLargestPowerOfTwoInHalfOfTheMemory) {
  EXPECT_EQ(batch_with(0), 1);
  EXPECT_EQ(batch_with(2 * 4 * kPictureBytes), 4);
  EXPECT_EQ(batch_with(2 * 4 * kPictureBytes - 2), 2);
  EXPECT_EQ(batch_with(2 * 4 * kPictureBytes, at::kBFloat16), 8);
  EXPECT_EQ(batch_with(int64_t{1} << 50), 64);
}

TEST(BatchSize, IsNeverMoreThanThePictures) {
  const auto pictures = [](const BatchRequest& request) {
    return batch_size(request, tiny_tokenizer_options(), at::kCPU, at::kFloat);
  };
  EXPECT_EQ(pictures({.wanted = 16, .count = 100, .side = 32}), 16);
  EXPECT_EQ(pictures({.wanted = 16, .count = 5, .side = 32}), 5);
  EXPECT_EQ(pictures({.wanted = 16, .count = 0, .side = 32}), 1);
  EXPECT_EQ(pictures({.wanted = 0, .count = 1, .side = 32}), 1);
}

TEST(PaddedBatch, RepeatsTheLastItem) {
  const std::vector<SampleItem> items = {{.index = 4, .label = 1},
                                         {.index = 6, .label = 0, .texture_of = 2}};
  const PaddedBatch batch = padded_batch(items, 4);
  EXPECT_EQ(batch.layouts, (std::vector<int64_t>{4, 6, 6, 6}));
  EXPECT_EQ(batch.textures, (std::vector<int64_t>{4, 2, 2, 2}));
  EXPECT_EQ(batch.labels, (std::vector<int64_t>{1, 0, 0, 0}));
}

}  // namespace
}  // namespace gpst
