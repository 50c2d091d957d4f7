#pragma once

#include <vector>

#include "image/picture8.h"

namespace gpst {

// A separable window of SSIM. Used inside eval/ only.
struct SsimWindow {
  std::vector<double> weights;   // of one axis, sum 1
  double covariance_factor = 1;  // N/(N-1) for the sample covariance
};

SsimWindow gaussian_window();  // 11, sigma 1.5, population covariance
SsimWindow uniform_window();   // 7, sample covariance

// Mean SSIM over the windows that lie wholly inside, all channels together. The pictures have the
// same size, at least that of the window.
double mean_ssim(const Picture8& a, const Picture8& b, const SsimWindow& window);

}  // namespace gpst
