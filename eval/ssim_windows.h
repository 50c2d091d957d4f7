#pragma once

#include "image/picture8.h"

namespace gpst {

// Mean SSIM over the windows that lie wholly inside, all channels together. The pictures have the
// same size, at least that of the window. Used inside eval/ only; see pixel_metrics.h.
constexpr int kGaussianSide = 11;
double mean_ssim_gaussian(const Picture8& a,
                          const Picture8& b);  // sigma 1.5, population covariance
constexpr int kUniformSide = 7;
double mean_ssim_uniform(const Picture8& a, const Picture8& b);  // sample covariance

}  // namespace gpst
