#include "cuda/quantise.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/error.h"
#include "image/preprocess.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

enum class Order { planes, interleaved, planes_with_gaps };

struct Case {
  int64_t pictures = 2, height = 4, width = 8;
  Order order = Order::planes;
  bool nearest = false;

  int64_t plane() const { return height * width; }
  PictureStrides strides() const {
    switch (order) {
      case Order::planes:
        return {3 * plane(), plane(), width, 1};
      case Order::interleaved:
        return {3 * plane(), 1, 3 * width, 3};
      case Order::planes_with_gaps:
        break;
    }
    return {3 * height * (width + 1) + 5, height * (width + 1), width + 1, 1};
  }
  int64_t place(int64_t picture, int64_t i) const {  // i in [3,height,width] order
    const PictureStrides s = strides();
    return picture * s.picture + i / plane() * s.channel + i % plane() / width * s.row +
           i % width * s.column;
  }
};

// Values within and outside [-1,1], and the borders between two levels and their neighbours.
std::vector<float> picture_values(const Case& c, int64_t picture) {
  std::vector<float> values;
  for (int64_t i = 0; i < 3 * c.plane(); ++i) {
    const float border = static_cast<float>(i % 511) / 255.0F - 1.0F;
    const float beside = std::nextafter(border, i % 2 == 0 ? 2.0F : -2.0F);
    values.push_back(i % 3 == 0 ? 1.3F * wave(i, picture) : i % 3 == 1 ? border : beside);
  }
  values[0] = kInfinity;
  values.back() = -kInfinity;
  return values;
}

struct Results {
  std::vector<uint8_t> bytes;
  std::vector<int> first_nan;
};

template <class T>
Results computed(const Case& c, const std::vector<std::vector<float>>& pictures) {
  const PictureStrides strides = c.strides();
  std::vector<float> memory(static_cast<size_t>(c.pictures * strides.picture), 100.0F);
  for (int64_t b = 0; b < c.pictures; ++b) {
    for (int64_t i = 0; i < 3 * c.plane(); ++i) {
      memory[static_cast<size_t>(c.place(b, i))] =
          pictures[static_cast<size_t>(b)][static_cast<size_t>(i)];
    }
  }
  const DeviceArray<T> values(stored_as<T>(memory));
  DeviceArray<uint8_t> bytes(static_cast<size_t>(c.pictures * 3 * c.plane()));
  DeviceArray<int> first_nan(static_cast<size_t>(c.pictures));
  quantise(values.data(), strides, bytes.data(), first_nan.data(),
           {.pictures = c.pictures, .height = c.height, .width = c.width}, c.nearest, nullptr);
  return {.bytes = bytes.read(), .first_nan = first_nan.read()};
}

template <class T>
void expect_bytes_of_the_host(const Case& c) {
  SCOPED_TRACE(c.plane());
  std::vector<std::vector<float>> pictures;
  std::vector<uint8_t> expected;
  for (int64_t b = 0; b < c.pictures; ++b) {
    pictures.push_back(picture_values(c, b));
    const std::vector<float> stored = as_floats(stored_as<T>(pictures.back()));
    const Picture8 picture = gpst::quantise({.values = stored,
                                             .width = static_cast<int>(c.width),
                                             .height = static_cast<int>(c.height)},
                                            c.nearest ? Rounding::nearest : Rounding::truncate);
    expected.insert(expected.end(), picture.rgb.begin(), picture.rgb.end());
  }
  const Results actual = computed<T>(c, pictures);
  EXPECT_EQ(actual.bytes, expected);
  EXPECT_EQ(actual.first_nan,
            std::vector<int>(static_cast<size_t>(c.pictures), static_cast<int>(3 * c.plane())));
}

TEST(Quantise, GivesTheHostsBytesForEveryLayout) {
  for (const Order order : {Order::planes, Order::interleaved, Order::planes_with_gaps}) {
    for (const bool nearest : {false, true}) {
      expect_bytes_of_the_host<float>({.order = order, .nearest = nearest});
      expect_bytes_of_the_host<Bf16>({.order = order, .nearest = nearest});
    }
  }
}

TEST(Quantise, GivesTheHostsBytesForEverySize) {
  for (const Order order : {Order::planes, Order::interleaved}) {
    for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{
             {1, 1}, {3, 5}, {2, 6}, {4, 4}, {1, 16}, {9, 16}, {20, 32}, {37, 41}}) {
      const Case c = {.pictures = 3, .height = height, .width = width, .order = order};
      expect_bytes_of_the_host<float>(c);
      expect_bytes_of_the_host<Bf16>(c);
    }
  }
}

TEST(Quantise, ReportsTheFirstNaNOfEachPicture) {
  for (const Order order : {Order::planes, Order::interleaved, Order::planes_with_gaps}) {
    const Case c = {.pictures = 3, .height = 4, .width = 8, .order = order};
    std::vector<std::vector<float>> pictures;
    for (int64_t b = 0; b < 3; ++b) pictures.push_back(picture_values(c, b));
    pictures[0][95] = kNaN;
    pictures[0][70] = kNaN;
    pictures[2][1] = kNaN;
    pictures[2][90] = kNaN;
    const Results results = computed<float>(c, pictures);
    EXPECT_EQ(results.first_nan, (std::vector<int>{70, 96, 1}));
    EXPECT_EQ(results.bytes[3 * (70 % 32) + 70 / 32], 0);
    EXPECT_EQ(computed<Bf16>(c, pictures).first_nan, (std::vector<int>{70, 96, 1}));
  }
}

TEST(Quantise, OfNothingIsNothing) {
  EXPECT_TRUE(computed<float>({.pictures = 0}, {}).bytes.empty());
  const Results flat = computed<float>({.pictures = 2, .height = 0}, {{}, {}});
  EXPECT_TRUE(flat.bytes.empty());
  EXPECT_EQ(flat.first_nan, (std::vector<int>{0, 0}));
}

TEST(Quantise, RefusesAPictureThatAnIntCannotIndex) {
  EXPECT_THROW(
      quantise<float>(nullptr, {}, nullptr, nullptr,
                      {.pictures = 1, .height = 1 << 15, .width = 1 << 15}, false, nullptr),
      InputError);
}

}  // namespace
}  // namespace gpst::cuda
