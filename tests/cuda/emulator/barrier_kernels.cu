#include "tests/cuda/emulator/barrier_kernels.h"

#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

__global__ void __launch_bounds__(64) divergent_barrier(bool planted, int* __restrict__ out) {
  GPST_SHARED(int, values, 64);
  const int t = static_cast<int>(threadIdx.x);
  values[t] = t;
  if (planted && t >= 32) {
    __syncthreads();  // upper warp
  } else {
    __syncthreads();  // lower warp
  }
  out[t] = values[63 - t];
}

__global__ void __launch_bounds__(64) early_exit(int* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  if (t == 0) return;
  __syncthreads();
  out[t] = t;
}

__global__ void __launch_bounds__(32) deadlock(bool planted, int* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  if (t == 5 && planted) __syncthreads();
  __syncwarp();
  if (t != 5 || !planted) __syncthreads();
  out[t] = t;
}

__global__ void __launch_bounds__(96)
    votes_of_block(const int* __restrict__ votes, int* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  out[3 * t] = __syncthreads_count(votes[t]);
  out[3 * t + 1] = __syncthreads_and(votes[t]);
  out[3 * t + 2] = __syncthreads_or(votes[t]);
}

}  // namespace

void run_divergent_barrier(bool planted, int* out) {
  launch("divergent_barrier", divergent_barrier, dim3(3), dim3(64), 0, nullptr, planted, out);
}
void run_early_exit(int* out) {
  launch("early_exit", early_exit, dim3(1), dim3(64), 0, nullptr, out);
}
void run_deadlock(bool planted, int* out) {
  launch("deadlock", deadlock, dim3(1), dim3(32), 0, nullptr, planted, out);
}
void run_votes(const int* votes, int* out) {
  launch("votes", votes_of_block, dim3(1), dim3(96), 0, nullptr, votes, out);
}

}  // namespace gpst::cuda
