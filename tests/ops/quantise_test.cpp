#include "ops/quantise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::uniform;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The bytes of image/preprocess, [H,W,3].
at::Tensor bytes_of(const at::Tensor& picture /* [3,H,W] */, Rounding rounding) {
  const at::Tensor values = picture.to(at::kFloat).contiguous();
  const Picture8 made =
      quantise({.values = {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())},
                .width = static_cast<int>(values.size(2)),
                .height = static_cast<int>(values.size(1))},
               rounding);
  return at::tensor(at::ArrayRef<uint8_t>(made.rgb), at::kByte)
      .view({values.size(1), values.size(2), 3});
}

TEST(Quantise, GivesTheBytesOfPictures) {
  at::Tensor pictures = uniform({2, 3, 9, 7}, 1, -1.2, 1.2, at::kFloat);
  const float half_way = 100.5F / 127.5F - 1;
  pictures[0][0][0][0] = half_way;
  pictures[0][0][0][1] = std::nextafter(half_way, 2.0F);
  pictures[0][0][0][2] = std::numeric_limits<float>::infinity();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const at::MemoryFormat format :
         {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      for (const Rounding rounding : {Rounding::truncate, Rounding::nearest}) {
        const at::Tensor values = pictures.to(type).contiguous(format);
        const QuantisedPictures made = quantise(values, rounding);
        EXPECT_TRUE(made.bytes[0].equal(bytes_of(values[0], rounding)));
        EXPECT_TRUE(made.bytes[1].equal(bytes_of(values[1], rounding)));
        EXPECT_NO_THROW(check_numbers(made.first_nan, 9, 7));
      }
    }
  }
}

TEST(Quantise, ReportsTheFirstNaNOfEachPicture) {
  at::Tensor pictures = uniform({3, 3, 4, 5}, 1, -1, 1, at::kFloat);
  pictures[1][2][3][1] = kNaN;
  pictures[1][1][2][4] = kNaN;
  const QuantisedPictures made = quantise(pictures, Rounding::nearest);
  EXPECT_TRUE(made.first_nan.equal(at::tensor({60, 34, 60}, at::kInt)));
  EXPECT_EQ(made.bytes[1][2][4][1].item<int>(), 0);
  EXPECT_EQ(message_of<InputError>([&] { check_numbers(made.first_nan, 4, 5); }),
            "picture 1 of the batch has a value that is not a number, at channel 1, row 2, column "
            "4; the weights or tokens it was made from are broken");
}

TEST(Quantise, KnowsItsShapesOnMeta) {
  const QuantisedPictures made =
      quantise(at::empty({2, 3, 4, 5}, at::TensorOptions(at::kMeta)), Rounding::truncate);
  EXPECT_EQ(made.bytes.sizes(), (at::IntArrayRef{2, 4, 5, 3}));
  EXPECT_EQ(made.bytes.scalar_type(), at::kByte);
  EXPECT_EQ(made.first_nan.sizes(), (at::IntArrayRef{2}));
}

TEST(Quantise, RefusesWithNamesAndSizes) {
  const auto message = [](const at::Tensor& pictures) {
    return message_of<InputError>([&] { quantise(pictures, Rounding::truncate); });
  };
  EXPECT_EQ(message(at::zeros({3, 4, 5})),
            "quantise: pictures must have the shape [B, 3, H, W], found [3, 4, 5]");
  EXPECT_EQ(message(at::zeros({1, 4, 4, 5})),
            "quantise: pictures must have the shape [1, 3, 4, 5], found [1, 4, 4, 5]");
  EXPECT_EQ(message(at::zeros({1, 3, 4, 5}, at::kDouble)),
            "quantise: pictures must be float32 or bfloat16, found Double");
  EXPECT_EQ(message(at::empty({1, 3, 1 << 15, 1 << 15}, at::TensorOptions(at::kMeta))),
            "quantise: 3 * H * W must fit 31 bits, found 3 * 32768 * 32768");
}

}  // namespace
}  // namespace gpst
