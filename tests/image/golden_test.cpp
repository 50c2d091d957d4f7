// Golden section 2: decoding and preprocessing, exact.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "base/files.h"
#include "image/codec.h"
#include "image/preprocess.h"
#include "image/resize.h"
#include "tests/image/sample_pictures.h"
#include "tests/support/golden.h"

namespace gpst {
namespace {

const std::filesystem::path kFolder = "preprocess";

Picture8 load(const std::string& file) {
  const std::string content = read_file(golden_path(kFolder / file).string());
  return decode(bytes_of(content), {}, file);
}

// `stored` is "full" or a slice of rows and columns, "[::2, ::2, :]".
Picture8 stored_part(const Picture8& picture, const std::string& stored) {
  int rows = 1, columns = 1;
  if (stored != "full" && std::sscanf(stored.c_str(), "[::%d, ::%d, :]", &rows, &columns) != 2) {
    throw std::runtime_error("unknown slice " + stored);
  }
  Picture8 part((picture.width + columns - 1) / columns, (picture.height + rows - 1) / rows);
  for (int y = 0; y < part.height; ++y) {
    for (int x = 0; x < part.width; ++x) {
      std::copy_n(picture.at(x * columns, y * rows), 3, part.at(x, y));
    }
  }
  return part;
}

Picture8 expected_picture(const SafetensorsFile& file, const std::string& name) {
  const TensorView& tensor = file.get(name);
  Picture8 picture(static_cast<int>(tensor.shape.at(1)), static_cast<int>(tensor.shape.at(0)));
  picture.rgb = golden_values<uint8_t>(tensor);
  return picture;
}

TEST(PreprocessGolden, EveryCaseIsExact) {
  const nlohmann::json cases = golden_json(kFolder / "cases.json");
  const SafetensorsFile expected = open_golden(kFolder / cases.at("expected_file"));
  ASSERT_FALSE(cases.at("cases").empty());
  for (const auto& each : cases.at("cases")) {
    const Picture8 picture = load(each.at("file"));
    EXPECT_EQ(picture.width, each.at("in_width"));
    EXPECT_EQ(picture.height, each.at("in_height"));
    const Picture8 result = preprocess(picture, {.size = each.at("size")});
    EXPECT_EQ(stored_part(result, each.at("stored")), expected_picture(expected, each.at("tensor")))
        << each.at("tensor");
  }
}

TEST(PreprocessGolden, DecodeIsExact) {
  const nlohmann::json cases = golden_json(kFolder / "cases.json");
  const SafetensorsFile expected = open_golden(kFolder / cases.at("expected_file"));
  const nlohmann::json& decoded = cases.at("decoded");
  EXPECT_EQ(load(decoded.at("file")), expected_picture(expected, decoded.at("tensor")));
}

}  // namespace
}  // namespace gpst
