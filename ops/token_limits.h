// Where sampled geometry ends: sigma in [kSmallestSigma, kLargestSigma], |rho| <= kLargestRho
// (numerics, section 7). The floats nearest to 1e-5 and to 1 - 1e-5.
#pragma once

namespace gpst {

inline constexpr double kTokenMargin = 1e-5;
inline constexpr float kSmallestSigma = static_cast<float>(kTokenMargin);
inline constexpr float kLargestSigma = static_cast<float>(1 - kTokenMargin);
inline constexpr float kLargestRho = static_cast<float>(1 - kTokenMargin);

}  // namespace gpst
