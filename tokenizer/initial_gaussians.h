#pragma once

#include <span>
#include <vector>

#include "tokenizer/region.h"

namespace gpst {

// `code`, the published program: sigma = side/W * 2/3. `paper`: a sixth of the side in pixels,
// which is half of that.
enum class SigmaInit { code, paper };

// The Gaussian that a region starts as (numerics 2). Tile coordinates: [-1,1] over the tile.
struct InitialGaussian {
  float sigma_x = 0;
  float sigma_y = 0;
  float rho = 0;
  float x = 0;
  float y = 0;
};

// sigma_x = (x1-x0)/W * 2/3, x = ((x0+x1)/2/(W-1) - 0.5)*2, y alike, rho = 0; computed in double,
// rounded once. A region of one pixel has sigma 0 (and is not rendered).
InitialGaussian initial_gaussian(const Region& region, int tile_width, int tile_height,
                                 SigmaInit init = SigmaInit::code);

// Bounds of a region in tile coordinates, v -> (v/(W-1) - 0.5)*2: the box of its RoI features.
struct RegionBox {
  float x0 = 0;
  float y0 = 0;
  float x1 = 0;
  float y1 = 0;
};

RegionBox region_box(const Region& region, int tile_width, int tile_height);

}  // namespace gpst
