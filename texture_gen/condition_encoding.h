// How the initial Gaussians enter the texture net as its condition.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace gpst {

enum class ConditionEncoding {
  values,   // [sigma_x, sigma_y, rho, x, y] as they are: 5 channels (published)
  octaves,  // log2 sigma_x, log2 sigma_y, and sin, cos of pi 2^k x and pi 2^k y, k = 0..4: 22
};

int64_t condition_channels(ConditionEncoding encoding);

at::Tensor encode_condition(const at::Tensor& geometry /* [B,l,5] */, ConditionEncoding encoding);

}  // namespace gpst
