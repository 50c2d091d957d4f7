#include "tests/cuda/emulator/launch_kernels.h"

#include <atomic>
#include <stdexcept>

#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

dim3 sizes(Sizes s) { return {s.x, s.y, s.z}; }

__global__ void indices(int* __restrict__ out) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] =
      static_cast<int>(block * 10000 + thread);
}

__global__ void __launch_bounds__(128)
    reverse(const float* __restrict__ in, int count, float* __restrict__ out) {
  GPST_DYNAMIC_SHARED(float, values);
  const int first = static_cast<int>(threadIdx.x), step = static_cast<int>(blockDim.x);
  for (int i = first; i < count; i += step) values[i] = in[i];
  __syncthreads();
  for (int i = first; i < count; i += step) out[i] = values[count - 1 - i];
}

// Reads what nothing has written, where the emulator's check does not see it.
__attribute__((no_sanitize("thread"), noinline)) unsigned unchecked(const unsigned* word) {
  return *word;
}

__global__ void __launch_bounds__(32) poison(unsigned* __restrict__ out) {
  GPST_DYNAMIC_SHARED(unsigned, words);
  GPST_DYNAMIC_SHARED(uint4, pieces);  // the same memory
  const int t = static_cast<int>(threadIdx.x);
  out[t] = unchecked(words + t);
  __syncwarp();
  if (t % 4 == 0) pieces[t / 4] = make_uint4(1, 2, 3, 4);
}

__global__ void __launch_bounds__(64)
    with_parameters(Parameters parameters, const float* __restrict__ in, int64_t offset,
                    float* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  if (t >= parameters.count) return;
  out[t] = static_cast<float>(parameters.scale * in[t] + static_cast<double>(offset >> 40));
}

__global__ void throws() {
  if (threadIdx.x == 3) throw std::runtime_error("of thread 3");
  __syncthreads();
}

__global__ void __launch_bounds__(16) arrival(int* counter, int* __restrict__ order) {
  order[atomicAdd(counter, 1)] = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}

__global__ void barriers_only(int barriers, int* __restrict__ out) {
  int passed = 0;
  for (; passed < barriers; ++passed) __syncthreads();
  out[blockIdx.x * blockDim.x + threadIdx.x] = passed;
}

__global__ void __launch_bounds__(64) accesses_only(int rounds, float* __restrict__ out) {
  GPST_SHARED(float, values, 64);
  const int t = static_cast<int>(threadIdx.x);
  values[t] = 0;
  for (int i = 0; i < rounds; ++i) {
    values[t] += 1;
    __threadfence_block();
  }
  out[t] = values[t];
}

}  // namespace

void run_indices(Sizes grid, Sizes block, int* out) {
  launch("indices", indices, sizes(grid), sizes(block), 0, nullptr, out);
}
void run_reverse(const float* in, int count, float* out) {
  launch("reverse", reverse, dim3(1), dim3(128), static_cast<size_t>(count) * sizeof(float),
         nullptr, in, count, out);
}
void run_poison(size_t dynamic_bytes, unsigned* out) {
  launch("poison", poison, dim3(2), dim3(32), dynamic_bytes, nullptr, out);
}
void run_parameters(Parameters parameters, const float* in, int64_t offset, float* out) {
  launch("with_parameters", with_parameters, dim3(1), dim3(64), 0, nullptr, parameters, in, offset,
         out);
}
void run_throw() { launch("throws", throws, dim3(2), dim3(64), 0, nullptr); }
void run_arrival(int* counter, int* order) {
  launch("arrival", arrival, dim3(4), dim3(16), 0, nullptr, counter, order);
}
int count_calls() {
  const volatile int one = 1;  // a value that the compiler does not know
  static const int first = one;
  static std::atomic<int> calls{first};
  return calls.fetch_add(1);
}
void run_barriers(int blocks, int threads, int barriers, int* out) {
  launch("barriers_only", barriers_only, dim3(static_cast<unsigned>(blocks)),
         dim3(static_cast<unsigned>(threads)), 0, nullptr, barriers, out);
}
void run_accesses(int rounds, float* out) {
  launch("accesses_only", accesses_only, dim3(1), dim3(64), 0, nullptr, rounds, out);
}

}  // namespace gpst::cuda
