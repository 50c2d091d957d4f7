// Compiled without contraction of a*b+c: the results are the host's to the bit.
#include "cuda/grey_tiles.h"

#include <string>

#include "base/error.h"
#include "cuda/check_sizes.h"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr int kGreyThreads = 256;

// Bytes a pixel: 12 read, 4 written. Operations: 5, and the place of the pixel.
__global__ void __launch_bounds__(kGreyThreads)
    grey_tiles_kernel(GreySource source, float* __restrict__ grey, int pixels) {
  const int pixel = static_cast<int>(blockIdx.x) * kGreyThreads + static_cast<int>(threadIdx.x);
  if (pixel >= pixels) return;
  const int tile = static_cast<int>(blockIdx.y);
  const int side = static_cast<int>(source.side), columns = static_cast<int>(source.columns);
  const int rows = static_cast<int>(source.rows);
  const int64_t x = tile % columns * side + pixel % side;
  const int64_t y = tile / columns % rows * side + pixel / side;
  const float* red = source.pictures + tile / columns / rows * source.picture_stride +
                     y * source.row_stride + x * source.column_stride;
  const float* green = red + source.channel_stride;
  const float* blue = green + source.channel_stride;
  grey[static_cast<int64_t>(tile) * pixels + pixel] =
      (0.299f * *red + 0.587f * *green) + 0.114f * *blue;
}

}  // namespace

void grey_tiles(const GreySource& source, float* grey, Stream stream) {
  const int64_t tiles = source.count * source.rows * source.columns;
  const int64_t pixels = source.side * source.side;
  if (tiles == 0 || pixels == 0) return;
  check_fits_int("grey_tiles", "the pixels of a tile", pixels);
  if (tiles > 65535) {
    throw InputError("grey_tiles: at most 65535 tiles in one call, found " + std::to_string(tiles));
  }
  launch("grey_tiles", grey_tiles_kernel,
         dim3(static_cast<unsigned>(div_up(pixels, int64_t{kGreyThreads})),
              static_cast<unsigned>(tiles)),
         dim3(kGreyThreads), 0, stream, source, grey, static_cast<int>(pixels));
}

}  // namespace gpst::cuda
