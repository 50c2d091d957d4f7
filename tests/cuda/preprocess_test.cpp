#include "cuda/preprocess.h"

#include <gtest/gtest.h>

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "image/codec.h"
#include "image/preprocess.h"
#include "image/resize.h"
#include "tests/cuda/device_array.h"
#include "tests/image/sample_pictures.h"
#include "tests/support/golden.h"

namespace gpst::cuda {
namespace {

struct Request {
  int side = 16;
  bool channels_last = false;
  std::vector<bool> flip = {};  // none, or one a picture
};

bool is_flipped(const Request& request, size_t picture) {
  return !request.flip.empty() && request.flip[picture];
}

std::vector<float> on_device(const std::vector<Picture8>& pictures, const Request& request) {
  std::deque<DeviceArray<uint8_t>> memory;
  std::vector<PreprocessPicture> sources;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Picture8& picture = pictures[i];
    const PictureSize scaled = scaled_size({picture.width, picture.height}, request.side);
    const auto& rgb = memory.emplace_back(picture.rgb);
    sources.push_back({rgb.data(), picture.width, picture.height, scaled.width, scaled.height,
                       is_flipped(request, i)});
  }
  const DeviceArray<float> values(pictures.size() * 3 * request.side * request.side);
  preprocess_pictures(sources, {values.data(), request.side, request.channels_last}, nullptr);
  return values.read();
}

std::vector<float> on_host(const std::vector<Picture8>& pictures, const Request& request) {
  const size_t plane = static_cast<size_t>(request.side) * request.side;
  std::vector<float> all(pictures.size() * 3 * plane);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const std::span<float> out = std::span(all).subspan(i * 3 * plane, 3 * plane);
    to_float_chw(preprocess(pictures[i], {.size = request.side, .flip = is_flipped(request, i)}),
                 out);
    if (!request.channels_last) continue;
    const std::vector<float> planes(out.begin(), out.end());
    for (size_t at = 0; at < out.size(); ++at) out[at] = planes[at % 3 * plane + at / 3];
  }
  return all;
}

TEST(Preprocess, SizesOfEveryKindInOneBatch) {
  std::vector<Picture8> pictures;
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{16, 16},  // as it is
                                        {40, 16},  // crop only
                                        {32, 32},
                                        {48, 32},  // an exact half: the mean of four
                                        {33, 32},
                                        {32, 47},  // almost
                                        {64, 64},
                                        {100, 37},
                                        {37, 100},
                                        {17, 19},
                                        {3, 5},
                                        {1, 1},
                                        {1, 2},
                                        {15, 16}}) {  // enlarged
    pictures.push_back(pattern(width, height));
  }
  EXPECT_EQ(on_device(pictures, {}), on_host(pictures, {}));
}

TEST(Preprocess, ResultsOfOddSidesAndManyBlocks) {
  const std::vector<Picture8> pictures = {pattern(91, 120), pattern(70, 35), pattern(140, 70)};
  for (const int side : {1, 7, 35, 65}) {
    EXPECT_EQ(on_device(pictures, {.side = side}), on_host(pictures, {.side = side})) << side;
  }
}

TEST(Preprocess, FlipsAndInterleaves) {
  const std::vector<Picture8> pictures = {pattern(21, 40), pattern(34, 34), pattern(60, 34)};
  for (const bool channels_last : {false, true}) {
    const Request request = {
        .side = 17, .channels_last = channels_last, .flip = {true, false, true}};
    EXPECT_EQ(on_device(pictures, request), on_host(pictures, request));
  }
}

TEST(Preprocess, MoreThanOneLaunch) {
  std::vector<Picture8> pictures;
  for (int i = 0; i < 70; ++i) pictures.push_back(pattern(4 + i % 9, 5 + i % 7));
  EXPECT_EQ(on_device(pictures, {.side = 3}), on_host(pictures, {.side = 3}));
}

TEST(Preprocess, NothingToDoAndNothingToCrop) {
  EXPECT_TRUE(on_device({}, {}).empty());
  const DeviceArray<uint8_t> rgb(std::vector<uint8_t>(3 * 4 * 4));
  const DeviceArray<float> values(3 * 8 * 8);
  const std::vector<PreprocessPicture> smaller = {{rgb.data(), 4, 4, 8, 7}};
  EXPECT_THROW(preprocess_pictures(smaller, {values.data(), 8, false}, nullptr), InputError);
  EXPECT_THROW(preprocess_pictures(smaller, {values.data(), 0, false}, nullptr), InputError);
}

TEST(PreprocessGolden, EveryWholePictureIsExact) {
  const nlohmann::json cases = golden_json("preprocess/cases.json");
  const SafetensorsFile expected =
      open_golden("preprocess/" + cases.at("expected_file").get<std::string>());
  size_t tested = 0;
  for (const auto& each : cases.at("cases")) {
    if (each.at("stored") != "full") continue;
    const std::string file = "preprocess/" + each.at("file").get<std::string>();
    const std::string content = read_file(golden_path(file).string());
    const Picture8 picture =
        decode(std::as_bytes(std::span(content.data(), content.size())), {}, file);
    Picture8 result(each.at("size"), each.at("size"));
    result.rgb = golden_values<uint8_t>(expected.get(each.at("tensor").get<std::string>()));
    std::vector<float> values(result.rgb.size());
    to_float_chw(result, values);
    EXPECT_EQ(on_device({picture}, {.side = result.width}), values) << each.at("tensor");
    ++tested;
  }
  EXPECT_GT(tested, 0u);
}

}  // namespace
}  // namespace gpst::cuda
