#include "cuda/gate_residual.h"

#include "cuda/check_sizes.h"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kThreads = 256;

// A thread takes kWidth neighbours: 16 bytes of x.
// Bytes a value: x read and sum written, 4 or 2 each, y 4 or 2; gate, 4, from the caches. One fused
// multiply-add a value.
template <class T, class Y, int kWidth>
__global__ void __launch_bounds__(kThreads)
    gate_residual_kernel(const T* __restrict__ x,  // [N, tokens, width]
                         ModulationRows gate,
                         const Y* __restrict__ y,  // [N, tokens, width]
                         T* __restrict__ sum,      // [N, tokens, width]
                         int pieces, int pieces_per_row, int tokens) {
  const int piece = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (piece >= pieces) return;
  const int64_t first = static_cast<int64_t>(piece) * kWidth;
  const int row = piece / pieces_per_row;
  const int column = piece % pieces_per_row * kWidth;
  Values<kWidth> values = load_values<kWidth>(x + first);
  const Values<kWidth> added = load_values<kWidth>(y + first);
  const Values<kWidth> gates =
      load_values<kWidth>(gate.values + row / tokens * gate.row_stride + column);
  for (int i = 0; i < kWidth; ++i) values.at[i] = fmaf(gates.at[i], added.at[i], values.at[i]);
  store_values(sum + first, values);
}

template <int kWidth, class T, class Y>
void run(const T* x, const ModulationRows& gate, const Y* y, T* sum, const TokenShape& shape,
         Stream stream) {
  const int64_t pieces = shape.pictures * shape.tokens * (shape.width / kWidth);
  check_fits_int("gate_residual", "the number of 16-byte pieces", pieces + kThreads);
  launch("gate_residual", gate_residual_kernel<T, Y, kWidth>,
         dim3(static_cast<unsigned>(div_up(pieces, int64_t{kThreads}))), dim3(kThreads), 0, stream,
         x, gate, y, sum, static_cast<int>(pieces), static_cast<int>(shape.width / kWidth),
         static_cast<int>(shape.tokens));
}

}  // namespace

template <class T, class Y>
void gate_residual(const T* x, const ModulationRows& gate, const Y* y, T* sum,
                   const TokenShape& shape, Stream stream) {
  if (shape.pictures * shape.tokens * shape.width == 0) return;
  constexpr int kWidth = 16 / sizeof(T);
  const bool vectors = shape.width % kWidth == 0 && is_aligned<kWidth>(x) &&
                       is_aligned<kWidth>(y) && is_aligned<kWidth>(sum) &&
                       is_aligned<4>(gate.values) && gate.row_stride % 4 == 0;
  if (vectors) {
    run<kWidth>(x, gate, y, sum, shape, stream);
  } else {
    run<1>(x, gate, y, sum, shape, stream);
  }
}

template void gate_residual(const float*, const ModulationRows&, const float*, float*,
                            const TokenShape&, Stream);
template void gate_residual(const float*, const ModulationRows&, const Bf16*, float*,
                            const TokenShape&, Stream);
template void gate_residual(const Bf16*, const ModulationRows&, const Bf16*, Bf16*,
                            const TokenShape&, Stream);

}  // namespace gpst::cuda
