// Bicubic enlargement of a short axis as a matrix.
#pragma once

#include <cstdint>
#include <vector>

namespace gpst::cpu {

// Weights [size, n] that enlarge n values to size: a = -0.75, half-pixel centres, borders
// replicated. Rows sum to 1.
std::vector<double> bicubic_weights(int64_t n, int64_t size);

}  // namespace gpst::cpu
