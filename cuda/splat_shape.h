// What the launchers of the renderer share: sizes, the order of a map's elements, what they refuse.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cuda/check_sizes.h"
#include "ops/token_columns.h"

namespace gpst::cuda {

// nchw: [B, c, H, W]. nhwc: [B, H, W, c] (channels-last).
enum class MapOrder { nchw, nhwc };

struct SplatShape {
  int64_t pictures = 0;  // B
  int64_t tokens = 0;    // l of a tile
  int64_t channels = 0;  // c, at least 1
  int64_t height = 0;    // H of the canvas, all tiles of a picture together
  int64_t width = 0;     // W
  double dmax = 3;       // half size of the support box, in deviations
  int64_t tiles = 1;     // n: a picture has n x n tiles of l tokens
  int64_t region = 0;    // side of the pixels a block of the forward kernel takes, 16 or 32; 0 lets
                         // the launcher choose. It changes no bit of the result.

  int64_t tokens_of_picture() const { return tokens * tiles * tiles; }
};

// Coordinates of pixels are those of the CPU, to the bit, up to here (cuda/gaussian.cuh).
inline constexpr int64_t kLargestCanvas = 16384;

// InputError naming the kernel and the size: a side of the canvas not 1 to kLargestCanvas, no
// channels or no tiles, or a picture's tokens, its map, or the blocks of the batch too many for an
// int.
inline void check_splat_shape(const char* kernel, const SplatShape& shape) {
  const auto check_range = [&](const char* what, int64_t found, int64_t largest) {
    if (found >= 1 && found <= largest) return;
    throw InputError(std::string(kernel) + ": " + what + " must be 1 to " +
                     std::to_string(largest) + ", found " + std::to_string(found));
  };
  check_range("height", shape.height, kLargestCanvas);
  check_range("width", shape.width, kLargestCanvas);
  check_range("channels", shape.channels, 1 << 16);
  check_range("tiles", shape.tiles, 1 << 10);
  check_fits_int(kernel, "pictures", shape.pictures);
  check_fits_int(kernel, "tokens of a tile", shape.tokens);
  const int64_t tokens = shape.tokens_of_picture();
  check_fits_int(kernel, "tokens of a picture", tokens);
  check_fits_int(kernel, "numbers in a picture's tokens", tokens * (kGeometry + shape.channels));
  check_fits_int(kernel, "numbers in a map", shape.channels * shape.height * shape.width);
  // A block has 16 x 16 pixels of a picture (forward) or up to 8 tokens (backward).
  const int64_t regions = (shape.height + 15) / 16 * ((shape.width + 15) / 16);
  check_fits_int(kernel, "regions of 16 x 16 pixels in the batch", shape.pictures * regions);
  check_fits_int(kernel, "tokens of the batch", shape.pictures * tokens);
}

}  // namespace gpst::cuda
