#pragma once

#include <span>
#include <vector>

namespace gpst {

// Grey picture of an RGB one, float32, values in [-1,1]: (0.299 R + 0.587 G) + 0.114 B in this
// order with no fused multiply-add, so that every machine gets the same bits (numerics 2).
// `chw` holds 3*width*height values; anything else is an InputError.
std::vector<float> grey_of(std::span<const float> chw /*[3,H,W]*/, int width, int height);

}  // namespace gpst
