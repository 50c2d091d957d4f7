#include "ops/preprocess_pictures.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "image/preprocess.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

at::Tensor pattern(int64_t height, int64_t width) {
  const at::Tensor values =
      at::arange(height * width * 3) * 37 + at::arange(height * width * 3) / 11;
  return values.to(at::kLong).remainder(256).to(at::kByte).view({height, width, 3});
}

std::vector<at::Tensor> all_to_kernels(const std::vector<at::Tensor>& pictures) {
  std::vector<at::Tensor> there;
  for (const at::Tensor& picture : pictures) there.push_back(to_kernels(picture));
  return there;
}

TEST(PreprocessPictures, AreTheCpus) {
  const std::vector<at::Tensor> pictures = {pattern(20, 31), pattern(32, 32),
                                            pattern(40, 16).transpose(0, 1), pattern(5, 4)};
  for (const bool channels_last : {false, true}) {
    const PicturePreprocessing options = {
        .side = 16, .channels_last = channels_last, .flipped = {false, true, true, false}};
    const at::Tensor expected = preprocess_pictures(pictures, options);
    const at::Tensor actual =
        on_kernels([&] { return preprocess_pictures(all_to_kernels(pictures), options); });
    EXPECT_TRUE(at::equal(actual.cpu(), expected));
    EXPECT_EQ(actual.strides(), expected.strides());
    EXPECT_EQ(actual.is_contiguous(at::MemoryFormat::ChannelsLast), channels_last);
  }
}

TEST(PreprocessPictures, OfTheCpuAreThoseOfImage) {
  const at::Tensor bytes = pattern(33, 20);
  Picture8 picture(20, 33);
  std::copy_n(bytes.const_data_ptr<uint8_t>(), picture.rgb.size(), picture.rgb.data());
  std::vector<float> expected(3 * 8 * 8);
  to_float_chw(preprocess(picture, {.size = 8}), expected);
  EXPECT_TRUE(at::equal(preprocess_pictures({bytes}, {.side = 8}),
                        at::from_blob(expected.data(), {1, 3, 8, 8})));
}

TEST(PreprocessPictures, RefuseOtherThanPicturesOfBytes) {
  EXPECT_THROW(preprocess_pictures({}, {.side = 8}), InputError);
  EXPECT_THROW(preprocess_pictures({pattern(8, 8)}, {.side = 0}), InputError);
  EXPECT_THROW(preprocess_pictures({pattern(8, 8).to(at::kFloat)}, {.side = 8}), InputError);
  EXPECT_THROW(preprocess_pictures({pattern(8, 8).narrow(2, 0, 2)}, {.side = 8}), InputError);
  EXPECT_THROW(preprocess_pictures({pattern(8, 8)}, {.side = 8, .flipped = {true, true}}),
               InputError);
  const at::Tensor strip = at::zeros({1, 100000, 3}, at::kByte);
  EXPECT_THROW(preprocess_pictures({strip}, {.side = 1024}), InputError);
  EXPECT_THROW(on_kernels([&] { return preprocess_pictures({to_kernels(strip)}, {.side = 1024}); }),
               InputError);
}

TEST(PreprocessPictures, OnMetaHaveShapes) {
  const at::Tensor picture = at::empty({9, 7, 3}, at::TensorOptions(at::kMeta).dtype(at::kByte));
  EXPECT_EQ(preprocess_pictures({picture, picture}, {.side = 4}).sizes(),
            (at::IntArrayRef{2, 3, 4, 4}));
}

}  // namespace
}  // namespace gpst
