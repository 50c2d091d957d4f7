// Compiled once per SimdLevel. Rows of the map are long and contiguous, so they are combined along
// y first, into one row for each row of bins; these are transposed, and the sums along x are made
// of all rows of bins at once.
#include "ops/cpu/roi_kernel.h"

#include "ops/cpu/lanes.h"
#include "ops/cpu/simd.h"
#include "ops/cpu/transpose.h"

namespace gpst::cpu {
namespace {

// The columns that are worked on: those of the box, more of them where the row has room for whole
// vectors.
struct Columns {
  int64_t begin, count;
};

template <class T>
GPST_INLINE Columns columns_of(const RoiAxis<T>& x, int64_t width) {
  const int64_t count = x.end - x.begin;
  const int64_t whole = padded<T>(count);
  if (whole > width) return {x.begin, count};
  return {smaller(x.begin, width - whole), whole};
}

// The parts of a workspace.
template <class T>
struct Parts {
  int64_t stride;  // padded bins
  T* rows;         // [bins, columns]
  T* columns;      // [columns, stride]: rows, transposed
  T* cells;        // [bins along x, stride]

  Parts(T* workspace, int64_t bins, int64_t count)
      : stride(padded<T>(bins)),
        rows(workspace),
        columns(rows + bins * count),
        cells(columns + count * stride) {}
};

}  // namespace

template <SimdLevel level, class T>
int64_t roi_workspace(int64_t bins, int64_t width) {
  const int64_t stride = padded<T>(bins);
  return (bins + stride) * width + bins * stride;
}

template <SimdLevel level, class T>
void roi_forward(const RoiBox<T>& box, int64_t bins, const T* plane, int64_t width, T* workspace,
                 T* out) {
  const auto& [x, y] = box;
  const Columns columns = columns_of(x, width);
  const Parts<T> parts(workspace, bins, columns.count);
  for (int64_t by = 0; by < bins; ++by) {
    const T* weights = y.weights + y.offset[by];
    const T* first = plane + y.first[by] * width + columns.begin;
    T* row = parts.rows + by * columns.count;
    for_lanes<T>(columns.count, [&](int64_t i, auto lanes) {
      Vec<T> sum{};
      for (int64_t k = 0; k < y.count[by]; ++k) {
        sum += load(first + k * width + i, lanes) * weights[k];
      }
      store(row + i, sum, lanes);
    });
  }
  planes_to_pixels(parts.rows, {bins, columns.count, parts.stride}, columns.count, parts.columns);
  for (int64_t bx = 0; bx < bins; ++bx) {
    const T* weights = x.weights + x.offset[bx];
    const T* first = parts.columns + (x.first[bx] - columns.begin) * parts.stride;
    for (int64_t i = 0; i < parts.stride; i += kLanes<T>) {
      Vec<T> sum{};
      for (int64_t k = 0; k < x.count[bx]; ++k) {
        sum += load(first + k * parts.stride + i) * weights[k];
      }
      store(parts.cells + bx * parts.stride + i, sum);
    }
  }
  pixels_to_planes(parts.cells, {bins, bins, parts.stride}, bins, out);
}

template <SimdLevel level, class T>
void roi_backward(const RoiBox<T>& box, int64_t bins, const T* grad_out, int64_t width,
                  T* workspace, T* grad_plane) {
  const auto& [x, y] = box;
  const Columns columns = columns_of(x, width);
  const Parts<T> parts(workspace, bins, columns.count);
  planes_to_pixels(grad_out, {bins, bins, parts.stride}, bins, parts.cells);
  for (int64_t i = 0; i < columns.count * parts.stride; i += kLanes<T>) {
    store(parts.columns + i, Vec<T>{});
  }
  for (int64_t bx = 0; bx < bins; ++bx) {
    const T* weights = x.weights + x.offset[bx];
    T* first = parts.columns + (x.first[bx] - columns.begin) * parts.stride;
    for (int64_t i = 0; i < parts.stride; i += kLanes<T>) {
      const Vec<T> cells = load(parts.cells + bx * parts.stride + i);
      for (int64_t k = 0; k < x.count[bx]; ++k) {
        T* target = first + k * parts.stride + i;
        store(target, load(target) + cells * weights[k]);
      }
    }
  }
  pixels_to_planes(parts.columns, {bins, columns.count, parts.stride}, columns.count, parts.rows);
  for (int64_t by = 0; by < bins; ++by) {
    const T* weights = y.weights + y.offset[by];
    const T* row = parts.rows + by * columns.count;
    T* first = grad_plane + y.first[by] * width + columns.begin;
    for_lanes<T>(columns.count, [&](int64_t i, auto lanes) {
      const Vec<T> values = load(row + i, lanes);
      for (int64_t k = 0; k < y.count[by]; ++k) {
        T* target = first + k * width + i;
        store(target, load(target, lanes) + values * weights[k], lanes);
      }
    });
  }
}

#define GPST_INSTANTIATE(T)                                                                       \
  template int64_t roi_workspace<kThisLevel, T>(int64_t, int64_t);                                \
  template void roi_forward<kThisLevel, T>(const RoiBox<T>&, int64_t, const T*, int64_t, T*, T*); \
  template void roi_backward<kThisLevel, T>(const RoiBox<T>&, int64_t, const T*, int64_t, T*, T*);
GPST_INSTANTIATE(float)
GPST_INSTANTIATE(double)

}  // namespace gpst::cpu
