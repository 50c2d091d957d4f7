#pragma once

#include <span>
#include <vector>

#include "tokenizer/edge_histogram.h"
#include "tokenizer/entropy.h"
#include "tokenizer/region.h"
#include "tokenizer/resize64.h"

namespace gpst {

// Far above what a picture in [-1,1] holds, below 8-bit values: larger grey values are refused.
inline constexpr float kLargestGrey = 16;

// Complexity of the regions of one tile (numerics 2): E^exponent * h * w plus the sum of a bias
// map over the region, E being the entropy of the edge magnitudes of the region at 64x64 pixels.
// Keeps its scratch between calls; one object serves one thread.
class RegionComplexity {
 public:
  // `grey` is [height,width] in [-1,1]. `bias`, which must outlive the object, is empty or of the
  // same size. InputError: wrong sizes, values that are not finite or far out of range.
  RegionComplexity(std::span<const float> grey, int width, int height, double exponent,
                   std::span<const float> bias = {});

  double operator()(const Region& region);

  // E^exponent alone, the complexity of a pixel.
  double entropy_power_of(const Region& region);

 private:
  double bias_sum(const Region& region) const;

  int width_;
  double exponent_;
  std::vector<float> unit_grey_;  // (grey+1)/2
  float largest_ = 0;             // of |unit_grey_|
  std::span<const float> bias_;
  Resize64 resize_;
  Picture64 picture_;
  EdgeHistogram histogram_;
};

}  // namespace gpst
