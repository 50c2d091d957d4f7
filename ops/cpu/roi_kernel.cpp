// Compiled once per SimdLevel. Rows of the map are long and contiguous, so they are combined along
// y first; the few sums along x follow on the combined row.
#include "ops/cpu/roi_kernel.h"

#include "ops/cpu/lanes.h"
#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

// target[i] += weight * source[i]
template <class T>
GPST_INLINE void add_scaled(T weight, const T* source, int64_t count, T* target) {
  for_lanes<T>(count, [&](int64_t i, auto lanes) {
    store(target + i, load(target + i, lanes) + load(source + i, lanes) * weight, lanes);
  });
}

template <class T>
GPST_INLINE void clear(T* at, int64_t count) {
  for (int64_t i = 0; i < count; ++i) at[i] = 0;
}

}  // namespace

template <SimdLevel level, class T>
void roi_forward(const RoiBox<T>& box, int64_t bins, const T* plane, int64_t width, T* row,
                 T* out) {
  const auto& [x, y] = box;
  for (int64_t by = 0; by < bins; ++by) {
    clear(row + x.begin, x.end - x.begin);
    for (int64_t k = 0; k < y.count[by]; ++k) {
      add_scaled(y.weights[y.offset[by] + k], plane + (y.first[by] + k) * width + x.begin,
                 x.end - x.begin, row + x.begin);
    }
    for (int64_t bx = 0; bx < bins; ++bx) {
      T total = 0;
      for (int64_t k = 0; k < x.count[bx]; ++k) {
        total += x.weights[x.offset[bx] + k] * row[x.first[bx] + k];
      }
      out[by * bins + bx] = total;
    }
  }
}

template <SimdLevel level, class T>
void roi_backward(const RoiBox<T>& box, int64_t bins, const T* grad_out, int64_t width, T* row,
                  T* grad_plane) {
  const auto& [x, y] = box;
  for (int64_t by = 0; by < bins; ++by) {
    clear(row + x.begin, x.end - x.begin);
    for (int64_t bx = 0; bx < bins; ++bx) {
      for (int64_t k = 0; k < x.count[bx]; ++k) {
        row[x.first[bx] + k] += x.weights[x.offset[bx] + k] * grad_out[by * bins + bx];
      }
    }
    for (int64_t k = 0; k < y.count[by]; ++k) {
      add_scaled(y.weights[y.offset[by] + k], row + x.begin, x.end - x.begin,
                 grad_plane + (y.first[by] + k) * width + x.begin);
    }
  }
}

#define GPST_INSTANTIATE(T)                                                                       \
  template void roi_forward<kThisLevel, T>(const RoiBox<T>&, int64_t, const T*, int64_t, T*, T*); \
  template void roi_backward<kThisLevel, T>(const RoiBox<T>&, int64_t, const T*, int64_t, T*, T*);
GPST_INSTANTIATE(float)
GPST_INSTANTIATE(double)

}  // namespace gpst::cpu
