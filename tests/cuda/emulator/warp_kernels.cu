#include "tests/cuda/emulator/warp_kernels.h"

#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

__global__ void warp_operations(unsigned mask, int operand, int width,
                                const int* __restrict__ values, int64_t* __restrict__ results) {
  const int t = static_cast<int>(threadIdx.x);
  if ((mask >> (t % kWarp) & 1u) == 0) return;
  const int value = values[t];
  const auto word = static_cast<unsigned>(value);
  int64_t* row = results + kWarpResults * t;
  row[0] = __shfl_sync(mask, value, operand, width);
  row[1] = __shfl_up_sync(mask, value, static_cast<unsigned>(operand), width);
  row[2] = __shfl_down_sync(mask, value, static_cast<unsigned>(operand), width);
  row[3] = __shfl_xor_sync(mask, value, operand, width);
  row[4] = __ballot_sync(mask, value > 0);
  row[5] = __any_sync(mask, value > 0);
  row[6] = __all_sync(mask, value > 0);
  row[7] = __reduce_add_sync(mask, value);
  row[8] = __reduce_add_sync(mask, word);
  row[9] = __reduce_min_sync(mask, value);
  row[10] = __reduce_min_sync(mask, word);
  row[11] = __reduce_max_sync(mask, value);
  row[12] = __reduce_max_sync(mask, word);
  row[13] = __reduce_and_sync(mask, word);
  row[14] = __reduce_or_sync(mask, word);
  row[15] = __reduce_xor_sync(mask, word);
  row[16] = __match_any_sync(mask, word);
  row[17] = __popc(word);
  row[18] = __ffs(value);
  row[19] = __clz(value);
}

__global__ void __launch_bounds__(32)
    wide_shuffles(const double* __restrict__ values, double* __restrict__ reversed,
                  int64_t* __restrict__ reversed_words, float* __restrict__ reversed_floats) {
  const int t = static_cast<int>(threadIdx.x);
  reversed[t] = __shfl_xor_sync(kFullMask, values[t], 31);
  reversed_words[t] = __shfl_sync(kFullMask, static_cast<long long>(t) << 33, kWarp - 1 - t);
  reversed_floats[t] = __shfl_xor_sync(kFullMask, static_cast<float>(values[t]), 31);
}

__global__ void warp_error(WarpError planted, int* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  const int lane = t % kWarp;
  int value = t;
  if (planted == WarpError::mask) {
    value = __shfl_xor_sync(lane < 8 ? 0x00FFFFFFu : kFullMask, value, 1);
  } else if (planted == WarpError::operation && lane == 3) {
    value = __any_sync(kFullMask, value);
  } else if (planted == WarpError::exited && lane == 7) {
    return;
  } else if (planted == WarpError::without_self) {
    value = __shfl_sync(0x0000FFFFu, value, 0);
  } else if (planted == WarpError::absent_source) {
    if (lane < 16) value = __shfl_sync(0x0000FFFFu, value, 16);
  } else {
    value = __all_sync(kFullMask, value >= 0);
  }
  out[t] = value;
}

}  // namespace

void run_warp_operations(int threads, unsigned mask, int operand, int width, const int* values,
                         int64_t* results) {
  launch("warp_operations", warp_operations, dim3(1), dim3(static_cast<unsigned>(threads)), 0,
         nullptr, mask, operand, width, values, results);
}
void run_wide_shuffles(const double* values, double* reversed, int64_t* reversed_words,
                       float* reversed_floats) {
  launch("wide_shuffles", wide_shuffles, dim3(1), dim3(32), 0, nullptr, values, reversed,
         reversed_words, reversed_floats);
}
void run_warp_error(WarpError planted, int threads, int* out) {
  launch("warp_error", warp_error, dim3(1), dim3(static_cast<unsigned>(threads)), 0, nullptr,
         planted, out);
}

}  // namespace gpst::cuda
