// Compiled without contraction of a*b+c: golden section 2 is exact.
#include "image/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/field_visitor.h"
#include "image/resize.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<ResizeMode>, 2> kResizeModes = {
    {{ResizeMode::bilinear, "bilinear"}, {ResizeMode::area, "area"}}};

constexpr std::array<float, 256> make_float_of_byte() {
  std::array<float, 256> table = {};
  for (int v = 0; v < 256; ++v) {
    table[static_cast<size_t>(v)] = static_cast<float>(v / 127.5 - 1.0);
  }
  return table;
}
constexpr std::array<float, 256> kFloatOfByte = make_float_of_byte();

Picture8 scale_short_side(const Picture8& picture, int size, ResizeMode mode) {
  if (mode == ResizeMode::area) return resize_area(picture, size);
  const PictureSize target = scaled_size({picture.width, picture.height}, size);
  return resize_bilinear(picture, target.width, target.height);
}

// A crop of the whole would be a copy.
Picture8 centre_crop(Picture8 picture, int size) {
  if (picture.width == size && picture.height == size) return picture;
  return crop(picture, {(picture.width - size) / 2, (picture.height - size) / 2, size, size});
}

void check_planar(size_t values, int width, int height) {
  const size_t expected = static_cast<size_t>(width) * static_cast<size_t>(height) * 3;
  if (values == expected) return;
  throw std::logic_error(
      fmt::format("[3,{},{}] has {} values, got {}", height, width, expected, values));
}

// NaN fails every comparison, so it would silently become some level.
void refuse_nan(const PlanarView& picture) {
  const auto nan = std::ranges::find_if(picture.values, [](float v) { return std::isnan(v); });
  if (nan == picture.values.end()) return;
  const auto i = static_cast<size_t>(nan - picture.values.begin());
  const auto w = static_cast<size_t>(picture.width);
  const size_t plane = picture.values.size() / 3;
  throw InputError(fmt::format(
      "the picture has a value that is not a number, at channel {}, row {}, column {}; the weights "
      "or tokens it was made from are broken",
      i / plane, i % plane / w, i % w));
}

}  // namespace

std::string_view resize_mode_name(ResizeMode mode) {
  return std::ranges::find(kResizeModes, mode, &EnumName<ResizeMode>::value)->name;
}

ResizeMode parse_resize_mode(std::string_view name) {
  const auto found = std::ranges::find(kResizeModes, name, &EnumName<ResizeMode>::name);
  if (found != kResizeModes.end()) return found->value;
  throw ConfigError(fmt::format("resize mode \"{}\": expected bilinear or area", name));
}

void PreprocessOptions::visit(FieldVisitor& visitor) {
  visitor.field({.name = "size",
                 .help = "side of the square a picture is scaled and cropped to, in pixels",
                 .min = 1,
                 .max = 16384},
                size);
  enum_field(visitor,
             {.name = "resize",
              .help = "bilinear as the published program, or area (box halving, then bicubic) as "
                      "the reference statistics of generation papers"},
             mode, kResizeModes);
}

Picture8 preprocess(const Picture8& picture, const PreprocessOptions& options) {
  if (picture.empty()) throw InputError("preprocess: the picture has no pixels");
  Picture8 result =
      centre_crop(scale_short_side(picture, options.size, options.mode), options.size);
  return options.flip ? mirror(result) : result;
}

Picture8 crop(const Picture8& picture, const CropBox& box) {
  if (box.left < 0 || box.top < 0 || box.width < 1 || box.height < 1 ||
      box.left > picture.width - box.width || box.top > picture.height - box.height) {
    throw InputError(fmt::format("crop {}x{} at ({},{}) does not lie inside a picture of {}x{}",
                                 box.width, box.height, box.left, box.top, picture.width,
                                 picture.height));
  }
  Picture8 out(box.width, box.height);
  for (int y = 0; y < box.height; ++y) {
    std::copy_n(picture.at(box.left, box.top + y), out.row_bytes(), out.at(0, y));
  }
  return out;
}

Picture8 mirror(const Picture8& picture) {
  Picture8 out(picture.width, picture.height);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      std::copy_n(picture.at(picture.width - 1 - x, y), 3, out.at(x, y));
    }
  }
  return out;
}

void to_float_chw(const Picture8& picture, std::span<float> out) {
  check_planar(out.size(), picture.width, picture.height);
  const size_t plane = out.size() / 3;
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < 3; ++c) out[c * plane + i] = kFloatOfByte[picture.rgb[3 * i + c]];
  }
}

Picture8 quantise(const PlanarView& picture, Rounding rounding) {
  check_planar(picture.values.size(), picture.width, picture.height);
  refuse_nan(picture);
  Picture8 out(picture.width, picture.height);
  const size_t plane = picture.values.size() / 3;
  const float half = rounding == Rounding::nearest ? 0.5F : 0.0F;
  for (size_t c = 0; c < 3; ++c) {
    const float* values = picture.values.data() + c * plane;
    for (size_t i = 0; i < plane; ++i) {
      const float level = (std::clamp(values[i], -1.0F, 1.0F) + 1.0F) * 127.5F;
      out.rgb[3 * i + c] = static_cast<uint8_t>(level + half);
    }
  }
  return out;
}

}  // namespace gpst
