// The columns of a token [sigma_x, sigma_y, rho, x, y, f_1 .. f_c]. No other file knows the
// numbers. sigma, x and y are in canvas units: the canvas spans [-1, 1] in both directions, x
// right, y down.
#pragma once

#include <cstdint>

namespace gpst {

inline constexpr int64_t kSigmaX = 0;
inline constexpr int64_t kSigmaY = 1;
inline constexpr int64_t kRho = 2;
inline constexpr int64_t kX = 3;
inline constexpr int64_t kY = 4;

// How many columns come before the features.
inline constexpr int64_t kGeometry = 5;

}  // namespace gpst
