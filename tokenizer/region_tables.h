// Initial Gaussians and boxes of regions that lie on a device.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "tokenizer/initial_gaussians.h"

namespace gpst {

// A region is four integers below the side of a tile, so every coordinate of its Gaussian and its
// box is one of a few values: the host computes them all with initial_gaussian() and region_box(),
// the device looks them up. The same bits as those functions on every device.
class RegionTables {
 public:
  // Of square tiles of `side` pixels.
  RegionTables(int side, SigmaInit init, at::Device device);

  // regions [T,l,4] int32: x0, y0, x1, y1 in pixels, on the tables' device.
  at::Tensor gaussians(const at::Tensor& regions) const;  // [T,l,5] float32
  at::Tensor boxes(const at::Tensor& regions) const;      // [T,l,4] float32, in [-1,1]

 private:
  at::Tensor sigma_;   // [side] by last - first
  at::Tensor centre_;  // [2*side-1] by first + last
  at::Tensor bound_;   // [side] by pixel
};

}  // namespace gpst
