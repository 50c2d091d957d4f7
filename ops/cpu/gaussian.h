// One Gaussian of the renderer: the weight and its derivatives, side by side.
//
// With u = dx/sx, v = dy/sy, c = 1/sqrt(1 - rho^2) and t = c (u - rho v) the exponent of numerics 4
// is a sum of squares, which loses no digits when |rho| comes near 1:
//   w = exp(-(t^2 + v^2) / 2)
// and with s = v - rho c t its derivatives are
//   dw/dx  = w t c / sx        dw/dsx = w t c u / sx
//   dw/dy  = w s / sy          dw/dsy = w s v / sy        dw/drho = w t c s
// Over the pixels of a support box, with g = sum over channels of grad * feature, all five
// gradients follow from five sums of w g times t, t^2, v, v t and v^2 (as u = t/c + rho v).
#pragma once

#include "ops/cpu/simd.h"
#include "ops/token_columns.h"

namespace gpst::cpu {
namespace {

// Pixels first .. end-1 of one axis.
struct Span {
  int64_t first = 0;
  int64_t end = 0;
  bool empty() const { return first >= end; }
};

// Constants of a Gaussian, in double: they are few, and 1 - rho^2 needs the digits.
struct Gaussian {
  double inverse_sigma_x, inverse_sigma_y, rho;
  double c;
};

// Constants of one row of pixels, along which v does not change:
// t = slope * dx - offset, w = exp(-t^2/2 - half_v2).
template <class T>
struct Row {
  T v, slope, offset, half_v2;
};

// Sums over a box of w g times what the name says.
struct BoxSums {
  double t = 0, t2 = 0, v = 0, vt = 0, v2 = 0;
};

template <class T>
GPST_INLINE Gaussian make_gaussian(const T* token) {
  const double rho = token[kRho];
  return {1.0 / token[kSigmaX], 1.0 / token[kSigmaY], rho,
          1 / __builtin_sqrt((1 - rho) * (1 + rho))};
}

template <class T>
GPST_INLINE Row<T> make_row(const Gaussian& g, T dy) {
  const double v = dy * g.inverse_sigma_y;
  return {static_cast<T>(v), static_cast<T>(g.c * g.inverse_sigma_x),
          static_cast<T>(g.c * g.rho * v), static_cast<T>(v * v / 2)};
}

// The five geometry columns of a token's gradient.
template <class T>
GPST_INLINE void geometry_gradient(const Gaussian& g, const BoxSums& sums, T* grad_token) {
  const double rho_c = g.rho * g.c;
  const double tu = sums.t2 / g.c + g.rho * sums.vt;
  const double s = sums.v - rho_c * sums.t;
  const double sv = sums.v2 - rho_c * sums.vt;
  const double st = sums.vt - rho_c * sums.t2;
  grad_token[kX] = static_cast<T>(g.c * g.inverse_sigma_x * sums.t);
  grad_token[kSigmaX] = static_cast<T>(g.c * g.inverse_sigma_x * tu);
  grad_token[kY] = static_cast<T>(g.inverse_sigma_y * s);
  grad_token[kSigmaY] = static_cast<T>(g.inverse_sigma_y * sv);
  grad_token[kRho] = static_cast<T>(g.c * st);
}

// Where pixel `index` of n sits; the only place of the renderer that knows.
template <class T>
GPST_INLINE T pixel_coordinate(int64_t index, int64_t n) {
  return n == 1 ? T(0) : static_cast<T>(2.0 * static_cast<double>(index) / (n - 1) - 1.0);
}

// Inside the support: written so that a NaN counts as inside.
template <class T>
GPST_INLINE bool is_inside(T coordinate, T centre, T limit) {
  return !(__builtin_fabs(static_cast<double>(coordinate - centre)) > limit);
}

// The pixel at or below a coordinate, brought into 0 .. n-1 (0 for NaN).
GPST_INLINE int64_t pixel_near(double coordinate, int64_t n) {
  const double position = (coordinate + 1) / 2 * static_cast<double>(n - 1);
  if (!(position > 0)) return 0;
  return position >= static_cast<double>(n - 1) ? n - 1 : static_cast<int64_t>(position);
}

// All pixels of an axis that pass the exact test: a guess, then a step or two.
template <class T>
GPST_INLINE Span support(const T* coordinates, int64_t n, T centre, T limit) {
  if (centre != centre || limit != limit) return {0, n};
  int64_t first = pixel_near(static_cast<double>(centre) - limit, n);
  while (first > 0 && is_inside(coordinates[first - 1], centre, limit)) --first;
  while (first < n - 1 && coordinates[first] < centre &&
         !is_inside(coordinates[first], centre, limit)) {
    ++first;
  }
  if (!is_inside(coordinates[first], centre, limit)) return {};
  int64_t last = larger(first, pixel_near(static_cast<double>(centre) + limit, n));
  while (last < n - 1 && is_inside(coordinates[last + 1], centre, limit)) ++last;
  while (last > first && !is_inside(coordinates[last], centre, limit)) --last;
  return {first, last + 1};
}

}  // namespace
}  // namespace gpst::cpu
