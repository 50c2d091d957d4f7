#pragma once

#include <optional>

#include "image/picture8.h"

namespace gpst {

// Both compare 8-bit RGB pictures of equal size in double; InputError otherwise.

// 10 log10(255^2 / MSE) over all pixels and channels. No value when the pictures are identical.
std::optional<double> psnr(const Picture8& a, const Picture8& b);

// wang:    11x11 Gaussian window, sigma 1.5, population covariance.
// skimage: 7x7 uniform window, sample covariance (N/(N-1)).
enum class SsimKind { wang, skimage };

// Mean over windows that lie wholly inside, then over channels, of
//   (2 ma mb + C1)(2 cov + C2) / ((ma^2 + mb^2 + C1)(va + vb + C2)),
// C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2 (Wang et al. 2004). Pictures smaller than the window:
// InputError.
double ssim(const Picture8& a, const Picture8& b, SsimKind kind = SsimKind::wang);

}  // namespace gpst
