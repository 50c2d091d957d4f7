// cuda/simt.h for nvcc.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "base/error.h"

#define GPST_SHARED(type, name, count) __shared__ type name[count]
#define GPST_DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char gpst_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(gpst_dynamic_shared)

namespace gpst::cuda {

// 2^x and e^x to about 2 units in the last place; results below 2^-126 become 0.
__device__ __forceinline__ float fast_exp2(float x) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
}
__device__ __forceinline__ float fast_exp(float x) { return fast_exp2(x * 1.4426950408889634f); }

// 1/x to 1 unit in the last place; subnormal x: infinity.
__device__ __forceinline__ float fast_reciprocal(float x) {
  float reciprocal;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(reciprocal) : "f"(x));
  return reciprocal;
}

inline void check_cuda(const char* kernel, const char* step, cudaError_t status) {
  if (status == cudaSuccess) return;
  throw DeviceError(std::string("CUDA kernel ") + kernel + ": " + step +
                    " failed: " + cudaGetErrorName(status) + ", " + cudaGetErrorString(status) +
                    "; try a smaller --batch-size, or --device cpu to go on without the GPU");
}

template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 grid, dim3 block,
            size_t dynamic_shared_bytes, Stream stream, Arguments&&... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  if (dynamic_shared_bytes > 48 * 1024) {
    check_cuda(name, "asking for dynamic shared memory",
               cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                    cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(dynamic_shared_bytes)));
  }
  kernel<<<grid, block, dynamic_shared_bytes, stream>>>(static_cast<Parameters>(arguments)...);
  check_cuda(name, "the launch", cudaGetLastError());
}

}  // namespace gpst::cuda
