#pragma once

#include "tokenizer/entropy.h"
#include "tokenizer/resize64.h"

namespace gpst {

// Histogram of Sobel magnitudes sqrt(sx^2 + sy^2), 3x3 kernels, borders replicated: 512 equal bins
// over [-5.5, 5.5], of which magnitudes reach the upper 256. Value v is in bin i when
// edge[i] <= v < edge[i+1], the last bin is closed, larger values are dropped.
//
// Defined in double arithmetic. Magnitudes are first computed in float; those so close to an edge
// that the error of float might matter are computed again in double, so the result is exact.
// `largest` bounds |pixel| of the picture and with it that error.
void count_edges(const Picture64& picture, float largest, EdgeHistogram& histogram);

}  // namespace gpst
