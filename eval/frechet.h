// The Fréchet distance between two normal distributions (Dowson and Landau 1982), which over
// Inception features is FID (Heusel et al. 2017) and over spatial features sFID (Nash et al. 2021).
#pragma once

#include "eval/moments.h"

namespace gpst {

// |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^1/2, all in double. The last trace is the sum of the
// singular values of L1^T L2 with S = L L^T, which needs no square root of a matrix that is not
// symmetric and stays exact where covariances have no full rank. Symmetric in its arguments and
// never negative but for rounding; 0 for equal moments up to rounding.
//
// InputError for different dimensions and for moments that check_moments refuses.
double frechet_distance(const Moments& a, const Moments& b);

}  // namespace gpst
