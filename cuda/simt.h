// What a kernel source (.cu, .cuh) includes, and nothing else of CUDA: the same file is compiled by
// nvcc for a GPU and by g++ for the emulator (cuda/emulator/README.md). Kernels are spelled in
// CUDA; in addition:
//   GPST_SHARED(float, name, 64);       float name[64] in shared memory
//   GPST_DYNAMIC_SHARED(float, name);   float* name: the launch's dynamic shared memory, 16-byte
//                                       aligned, the same memory whatever the type
//   launch("name", kernel, grid, block, dynamic_shared_bytes, stream, arguments...)
// launch() returns at once for an empty grid, asks for more than 48 KB of dynamic shared memory
// where needed, and throws DeviceError naming the kernel where the launch is refused.
// Host code does not include this file but a launcher's header (cuda/stream.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/stream.h"

#ifdef __CUDACC__
#include "cuda/simt_nvcc.cuh"
#else
#include "cuda/emulator/simt_emulated.h"
#endif

namespace gpst::cuda {

inline constexpr int kWarp = 32;
inline constexpr unsigned kFullMask = 0xFFFFFFFFu;

template <class T, class D>
__host__ __device__ constexpr T div_up(T value, D divisor) {
  return (value + static_cast<T>(divisor) - 1) / static_cast<T>(divisor);
}

}  // namespace gpst::cuda
