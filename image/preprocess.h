#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "image/picture8.h"

namespace gpst {

class FieldVisitor;

// bilinear: the published program. area: the convention of generation papers' statistics.
enum class ResizeMode { bilinear, area };
std::string_view resize_mode_name(ResizeMode mode);
// ConfigError for an unknown name.
ResizeMode parse_resize_mode(std::string_view name);

struct PreprocessOptions {
  int size = 256;  // side of the square result
  ResizeMode mode = ResizeMode::bilinear;
  // Mirror the result left to right; decided for each picture, so not a configuration field.
  bool flip = false;

  void visit(FieldVisitor& visitor);
};

// Scales the short side to `size` and cuts the centre size x size (numerics section 1):
// left = (w - size) / 2, top = (h - size) / 2, integer division.
Picture8 preprocess(const Picture8& picture, const PreprocessOptions& options);

// The rectangle of width x height whose left upper pixel is (left, top); must lie inside.
struct CropBox {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};
Picture8 crop(const Picture8& picture, const CropBox& box);
Picture8 mirror(const Picture8& picture);

// v / 127.5 - 1 in double, rounded once to float. `out` is [3,height,width].
void to_float_chw(const Picture8& picture, std::span<float> out);

// truncate: the published program. nearest: half a level better.
enum class Rounding { truncate, nearest };

struct PlanarView {
  std::span<const float> values;  // [3,height,width]
  int width = 0;
  int height = 0;
};

// Clamps to [-1,1], (v + 1) * 127.5 in float, then truncated or rounded.
// InputError when a value is not a number, naming its place.
Picture8 quantise(const PlanarView& picture, Rounding rounding);

}  // namespace gpst
