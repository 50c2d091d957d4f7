#include "cuda/layer_norm_modulate.h"

#include "cuda/check_sizes.h"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kElements = 8;  // a thread
constexpr int kLargestBlock = kLargestNormWidth / kElements;
constexpr int kLargestWarps = kLargestBlock / kWarp;

// The sum over the block, the same in all threads. `partial` [kLargestWarps] is shared; it may be
// used again behind the block's next sum.
__device__ __forceinline__ float block_sum(float value, float* partial) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kFullMask, value, distance);
  }
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  if (warps == 1) return value;
  if (threadIdx.x % kWarp == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  value = 0;
  for (int warp = 0; warp < warps; ++warp) value += partial[warp];
  return value;
}

__device__ __forceinline__ float as_stored(float value, const float*) { return value; }
__device__ __forceinline__ float as_stored(float value, const Bf16*) {
  return to_float(to_bf16(value));
}

// The thread's columns: pieces of kWidth neighbours, a block's threads side by side. Columns behind
// the row's end are read from its begin, so that no load waits for a condition, and count for
// nothing.
template <int kWidth>
struct Columns {
  static constexpr int kPieces = kElements / kWidth;
  int width;

  __device__ __forceinline__ int of(int piece) const {
    return (piece * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * kWidth;
  }
  __device__ __forceinline__ bool inside(int piece) const { return of(piece) < width; }

  template <class T>
  __device__ __forceinline__ Values<kElements> load(const T* row) const {
    Values<kElements> loaded;
    for (int i = 0; i < kPieces; ++i) {
      const Values<kWidth> piece = load_values<kWidth>(row + (inside(i) ? of(i) : 0));
      for (int j = 0; j < kWidth; ++j) loaded.at[i * kWidth + j] = piece.at[j];
    }
    return loaded;
  }
  template <class T>
  __device__ __forceinline__ void store(T* row, const Values<kElements>& values) const {
    for (int i = 0; i < kPieces; ++i) {
      Values<kWidth> piece;
      for (int j = 0; j < kWidth; ++j) piece.at[j] = values.at[i * kWidth + j];
      if (inside(i)) store_values(row + of(i), piece);
    }
  }
};

struct RowRange {
  int rows, rows_per_block, tokens;
  float share;  // 1 / width
  float eps;
};

// A block takes neighbouring rows, one after the other. A row stays in registers between its three
// uses (mean, squared distances from it, result), the modulation as long as the picture is the
// same. Bytes a value: x and h once, 4 or 2 each (with a residual also y and sum once); shift and
// scale (and gate), 4 each, once for the rows of a block. Operations a value: 5 (7 with a
// residual), and 10 shuffles a thread.
// Products that a difference or sum follows are rounded first: all variants make the same bits.
template <class T, class Y, class Out, int kWidth, bool kResidual>
__global__ void __launch_bounds__(kLargestBlock, kWidth == 1 ? 1 : 2)
    layer_norm_modulate_kernel(const T* __restrict__ x,  // [rows, width]
                               ModulationRows gate,
                               const Y* __restrict__ y,  // [rows, width]; with a residual
                               ModulationRows shift, ModulationRows scale,
                               T* __restrict__ sum,  // [rows, width]; with a residual
                               Out* __restrict__ h,  // [rows, width]
                               Columns<kWidth> columns, RowRange range) {
  GPST_SHARED(float, partial, 2 * kLargestWarps);
  const int first = static_cast<int>(blockIdx.x) * range.rows_per_block;
  const int left = range.rows - first;
  const int last = first + (left < range.rows_per_block ? left : range.rows_per_block) - 1;
  int picture = -1;
  Values<kElements> gates, shifts, scales;
  for (int row = first; row <= last; ++row) {
    const int64_t begin = static_cast<int64_t>(row) * columns.width;
    Values<kElements> values = columns.load(x + begin);
    if (row / range.tokens != picture) {
      picture = row / range.tokens;
      shifts = columns.load(shift.values + picture * shift.row_stride);
      scales = columns.load(scale.values + picture * scale.row_stride);
      if constexpr (kResidual) gates = columns.load(gate.values + picture * gate.row_stride);
    }
    if constexpr (kResidual) {
      const Values<kElements> added = columns.load(y + begin);
      for (int i = 0; i < kElements; ++i) {
        values.at[i] = as_stored(fmaf(gates.at[i], added.at[i], values.at[i]), x);
      }
      columns.store(sum + begin, values);
    }

    float total = 0;
    for (int i = 0; i < kElements; ++i) total += columns.inside(i / kWidth) ? values.at[i] : 0;
    const float mean = __fmul_rn(block_sum(total, partial), range.share);
    float squares = 0;
    for (int i = 0; i < kElements; ++i) {
      const float distance = columns.inside(i / kWidth) ? values.at[i] - mean : 0;
      squares = fmaf(distance, distance, squares);
    }
    const float variance = __fmul_rn(block_sum(squares, partial + kLargestWarps), range.share);
    const float inverse = rsqrtf(variance + range.eps);
    for (int i = 0; i < kElements; ++i) {
      const float normed = (values.at[i] - mean) * inverse;
      values.at[i] = fmaf(normed, 1 + scales.at[i], shifts.at[i]);
    }
    columns.store(h + begin, values);
  }
}

// Many rows share the reading of their modulation; few rows each take a block, to reach as many
// multiprocessors as there are.
int64_t rows_of_a_block(int64_t rows) {
  constexpr int64_t kMost = 8, kBlocks = 2048;
  const int64_t shared = rows / kBlocks;
  return shared < 1 ? 1 : shared > kMost ? kMost : shared;
}

template <class T, class Y, class Out>
struct NormCall {
  const T* x;
  ModulationRows gate;
  const Y* y;
  ModulationRows shift, scale;
  T* sum;
  Out* h;
  TokenShape shape;
  float eps;
  Stream stream;

  template <int kWidth, bool kResidual>
  void run_in_pieces(const char* name) const {
    const int64_t rows = shape.pictures * shape.tokens;
    const RowRange range = {.rows = static_cast<int>(rows),
                            .rows_per_block = static_cast<int>(rows_of_a_block(rows)),
                            .tokens = static_cast<int>(shape.tokens),
                            .share = 1 / static_cast<float>(shape.width),
                            .eps = eps};
    const int64_t warps = div_up(shape.width, kElements * kWarp);
    launch(name, layer_norm_modulate_kernel<T, Y, Out, kWidth, kResidual>,
           dim3(static_cast<unsigned>(div_up(rows, range.rows_per_block))),
           dim3(static_cast<unsigned>(warps * kWarp)), 0, stream, x, gate, y, shift, scale, sum, h,
           Columns<kWidth>{static_cast<int>(shape.width)}, range);
  }

  static bool vectors_fit(const ModulationRows& rows) {
    return is_aligned<4>(rows.values) && rows.row_stride % 4 == 0;
  }

  template <bool kResidual>
  void run(const char* name) const {
    constexpr int kWidth = 16 / sizeof(T);
    bool vectors = shape.width % kWidth == 0 && is_aligned<kWidth>(x) && is_aligned<kWidth>(h) &&
                   vectors_fit(shift) && vectors_fit(scale);
    if constexpr (kResidual) {
      vectors = vectors && is_aligned<kWidth>(y) && is_aligned<kWidth>(sum) && vectors_fit(gate);
    }
    if (vectors) {
      run_in_pieces<kWidth, kResidual>(name);
    } else {
      run_in_pieces<1, kResidual>(name);
    }
  }
};

// Whether there is something to do.
bool check_shape(const char* name, const TokenShape& shape) {
  if (shape.width > kLargestNormWidth) {
    throw InputError(std::string(name) + ": the width must be at most " +
                     std::to_string(kLargestNormWidth) + ", found " + std::to_string(shape.width));
  }
  check_fits_int(name, "the number of rows", shape.pictures * shape.tokens);
  return shape.pictures * shape.tokens * shape.width > 0;
}

}  // namespace

template <class T, class Out>
void layer_norm_modulate(const T* x, const ModulationRows& shift, const ModulationRows& scale,
                         Out* h, const TokenShape& shape, float eps, Stream stream) {
  if (!check_shape("layer_norm_modulate", shape)) return;
  const NormCall<T, T, Out> call = {x, {}, nullptr, shift, scale, nullptr, h, shape, eps, stream};
  call.template run<false>("layer_norm_modulate");
}

template <class T, class Y>
void gate_residual_norm(const T* x, const ModulationRows& gate, const Y* y,
                        const ModulationRows& shift, const ModulationRows& scale, T* sum, Y* h,
                        const TokenShape& shape, float eps, Stream stream) {
  if (!check_shape("gate_residual_norm", shape)) return;
  const NormCall<T, Y, Y> call = {x, gate, y, shift, scale, sum, h, shape, eps, stream};
  call.template run<true>("gate_residual_norm");
}

#define GPST_INSTANTIATE_NORM(T, Out)                                                             \
  template void layer_norm_modulate(const T*, const ModulationRows&, const ModulationRows&, Out*, \
                                    const TokenShape&, float, Stream);                            \
  template void gate_residual_norm(const T*, const ModulationRows&, const Out*,                   \
                                   const ModulationRows&, const ModulationRows&, T*, Out*,        \
                                   const TokenShape&, float, Stream);
GPST_INSTANTIATE_NORM(float, float)
GPST_INSTANTIATE_NORM(float, Bf16)
GPST_INSTANTIATE_NORM(Bf16, Bf16)
#undef GPST_INSTANTIATE_NORM

}  // namespace gpst::cuda
