// Standard normal noise of pictures (numerics, section 7): row b is the normals of
// PhiloxStream(seed, pictures[b], purpose, step) in [C,l] order, so a picture's noise depends
// neither on its batch nor on the device (base/philox.h; normals of a GPU differ by one unit in the
// last place at most).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "base/philox.h"

namespace gpst {

struct NoiseShape {
  int64_t channels = 0, tokens = 0;
};

// Returns [B, C, l] float32 on the device of `pictures`. Throws InputError: pictures not [B] int64,
// a size below 1, C * l or the step too large.
at::Tensor initial_noise(const at::Tensor& pictures,  // [B] int64: picture numbers
                         const NoiseShape& shape, uint64_t seed,
                         Purpose purpose = Purpose::initial_noise, int64_t step = 0);

}  // namespace gpst
