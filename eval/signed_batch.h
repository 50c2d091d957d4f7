#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "image/picture8.h"

namespace gpst {

// Pictures of one size as [B,3,H,W] f32 in [-1,1]: u8/127.5 - 1 rounded once. Used inside eval/.
at::Tensor signed_batch(const std::vector<const Picture8*>& pictures);

}  // namespace gpst
