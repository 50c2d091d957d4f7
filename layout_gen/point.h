#pragma once

namespace gpst {

// A place on a tile, in tile coordinates: [-1,1] on both axes, y down.
struct Point {
  float x = 0;
  float y = 0;
};

}  // namespace gpst
