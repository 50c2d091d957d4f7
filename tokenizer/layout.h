#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "tokenizer/initial_gaussians.h"
#include "tokenizer/partition.h"

namespace gpst {

// The geometry of a picture's Gaussians before refinement, one row [sigma_x, sigma_y, rho, x, y]
// each, in tile coordinates. B counts tiles (a picture of n x n tiles has n*n of them).
class Layout {
 public:
  // InputError unless `values` is a floating tensor [B,l,5].
  explicit Layout(at::Tensor values);

  const at::Tensor& values() const { return values_; }  // [B,l,5]
  int64_t tiles() const { return values_.size(0); }
  int64_t tokens() const { return values_.size(1); }
  at::Tensor sigma() const;  // [B,l,2] view
  at::Tensor rho() const;    // [B,l,1] view
  at::Tensor mean() const;   // [B,l,2] view

 private:
  at::Tensor values_;  // [B,l,5]
};

struct TileSize {
  int width = 0;
  int height = 0;
};

// Initial Gaussians of partitions (one a tile, all of the same number of regions: InputError
// otherwise), float32, bit for bit those of the published program.
Layout initial_gaussians(std::span<const Partition> partitions, TileSize tile,
                         SigmaInit init = SigmaInit::code);

// Bounds x0,y0,x1,y1 of the regions in [-1,1], float32 [B,l,4].
at::Tensor region_boxes(std::span<const Partition> partitions, TileSize tile);

}  // namespace gpst
