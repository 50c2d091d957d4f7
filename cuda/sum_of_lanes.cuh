// Sums over the lanes of a warp, many at once.
#pragma once

#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

// Adds up N (a power of two up to 32) values of all lanes at once: with each step half of a lane's
// values go to its partner. Returns the total of value number lane / (32 / N). 31 shuffles for 32
// values, where one after another would take 160; always the same order of additions.
template <int N, int kBit = kWarp / 2>
__device__ __forceinline__ float sum_of_lanes(const float (&values)[N]) {
  if constexpr (kBit == 0) {
    return values[0];
  } else if constexpr (N == 1) {
    const float both[1] = {values[0] + __shfl_xor_sync(kFullMask, values[0], kBit)};
    return sum_of_lanes<1, kBit / 2>(both);
  } else {
    const bool upper = (static_cast<int>(threadIdx.x) & kBit) != 0;
    float half[N / 2];
#pragma unroll
    for (int i = 0; i < N / 2; ++i) {
      const float low = values[i], high = values[i + N / 2];
      const float sent = upper ? low : high, kept = upper ? high : low;
      half[i] = kept + __shfl_xor_sync(kFullMask, sent, kBit);
    }
    return sum_of_lanes<N / 2, kBit / 2>(half);
  }
}

}  // namespace
}  // namespace gpst::cuda
