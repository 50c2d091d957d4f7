#include "tokenizer/initial_gaussians.h"

namespace gpst {
namespace {

// Evaluated in this order, these formulas give the bits of the published program.
double sigma(int first, int last, int side, SigmaInit init) {
  const double code = static_cast<double>(last - first) / side * 2 / 3;
  return init == SigmaInit::paper ? code / 2 : code;
}

// A side of one pixel has no extent to map to [-1,1]: its only pixel is the centre.
double tile_coordinate(double pixel, int side) {
  return side == 1 ? 0.0 : (pixel / (side - 1) - 0.5) * 2;
}

double centre(int first, int last, int side) {
  return tile_coordinate(static_cast<double>(last + first) / 2, side);
}

}  // namespace

InitialGaussian initial_gaussian(const Region& region, int tile_width, int tile_height,
                                 SigmaInit init) {
  return {static_cast<float>(sigma(region.x0, region.x1, tile_width, init)),
          static_cast<float>(sigma(region.y0, region.y1, tile_height, init)), 0.0f,
          static_cast<float>(centre(region.x0, region.x1, tile_width)),
          static_cast<float>(centre(region.y0, region.y1, tile_height))};
}

RegionBox region_box(const Region& region, int tile_width, int tile_height) {
  return {static_cast<float>(tile_coordinate(region.x0, tile_width)),
          static_cast<float>(tile_coordinate(region.y0, tile_height)),
          static_cast<float>(tile_coordinate(region.x1, tile_width)),
          static_cast<float>(tile_coordinate(region.y1, tile_height))};
}

}  // namespace gpst
