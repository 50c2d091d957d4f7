// Losses of a reconstruction that need no network.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// Mean over pictures, channels and windows of the structural similarity with a uniform 7x7 window
// (population covariance), for values in [-1,1] (range 2). [] differentiable.
at::Tensor mean_ssim(const at::Tensor& a /*[B,C,H,W]*/, const at::Tensor& b /*[B,C,H,W]*/);

// Mean of |d(a) - d(b)| over all differences d of vertical, plus the same of horizontal neighbours.
// [] differentiable.
at::Tensor gradient_distance(const at::Tensor& a /*[B,C,H,W]*/, const at::Tensor& b /*[B,C,H,W]*/);

}  // namespace gpst
