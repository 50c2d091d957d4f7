#include "tests/cuda/emulator/memory_kernels.h"

#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

__global__ void __launch_bounds__(64) shared_error(SharedError planted, int* __restrict__ out) {
  GPST_SHARED(int, table, 64);
  GPST_DYNAMIC_SHARED(int, dynamic);
  const int t = static_cast<int>(threadIdx.x);
  int* const cells = table;
  const bool skips = t == 63 && planted == SharedError::unwritten;
  if (!skips) cells[planted == SharedError::past_static ? t + 1 : t] = t;  // past static
  if (t != 63 || planted != SharedError::unwritten_dynamic) dynamic[t] = 2 * t;
  if (planted == SharedError::index && t == 63) table[t + 1] = t;  // index
  if (planted == SharedError::too_much) {
    GPST_SHARED(int, too_much, 12800);
    too_much[t] = t;
  }
  __syncthreads();
  int value = cells[planted == SharedError::before_static ? t - 1 : 63 - t];  // read static
  if (planted == SharedError::past_dynamic || planted == SharedError::far_past_dynamic) {
    value += dynamic[t + (planted == SharedError::past_dynamic ? 1 : 5000)];  // past dynamic
  }
  out[t] = value + dynamic[63 - t];  // read dynamic
}

__global__ void __launch_bounds__(64) second_block(bool planted, int* __restrict__ out) {
  GPST_SHARED(int, kept, 64);
  const int t = static_cast<int>(threadIdx.x);
  if (blockIdx.x == 0 || !planted) kept[t] = t;
  out[t] = kept[t];
}

__global__ void __launch_bounds__(64) race(Race planted, int* __restrict__ out) {
  GPST_SHARED(int, values, 64);
  GPST_SHARED(int, sum, 1);
  GPST_SHARED(unsigned char, bytes, 64);
  const int t = static_cast<int>(threadIdx.x);
  const int lane = t % kWarp;
  values[t] = -1;
  bytes[t] = static_cast<unsigned char>(t);
  if (t == 0) sum[0] = 0;
  __syncthreads();
  values[t] = t;  // first write
  if (planted != Race::no_barrier && planted != Race::two_warps_syncwarp &&
      planted != Race::same_warp && planted != Race::some_lanes) {
    __syncthreads();
  }
  if (planted == Race::two_warps_syncwarp) __syncwarp();
  // Lanes 16 to 31 order themselves only, and read what lanes 0 to 15 wrote.
  if (planted == Race::some_lanes && lane >= 16) __syncwarp(0xFFFF0000u);
  const bool in_warp = planted == Race::same_warp || planted == Race::some_lanes;
  int value = values[in_warp ? t ^ 16 : t ^ 32];  // exchange
  if (planted == Race::bytes) {
    bytes[t] = 1;            // its own byte
    value += bytes[t & ~1];  // byte of a neighbour
  }
  if (planted != Race::write_after_read) __syncthreads();
  values[t] = value;  // second write
  if (planted == Race::two_writers) sum[0] = t;
  __syncthreads();
  atomicAdd(&sum[0], values[63 - t]);
  if (planted != Race::plain_after_atomic) __syncthreads();
  out[t] = sum[0];  // after the atomics
}

__global__ void __launch_bounds__(64)
    device_error(DeviceErrorCase planted, int count, const int* __restrict__ in, int* out) {
  const int t = static_cast<int>(threadIdx.x);
  int value = 0;
  if (planted == DeviceErrorCase::read_past) {
    value = in[t == 9 ? count : 0];  // read past
  } else if (t < count) {
    value = in[t];
  }
  if (planted == DeviceErrorCase::unwritten) value += out[t];  // unwritten
  if (planted == DeviceErrorCase::atomic_past && t == 0) atomicAdd(out + 64, 1);
  out[planted == DeviceErrorCase::write_before ? t - 1 : t] = value;  // write before
  atomicMax(&out[0], 0);
}

__global__ void __launch_bounds__(1) one_copy(const int* __restrict__ in, int* __restrict__ out) {
  out[0] = in[0];
}

__global__ void __launch_bounds__(4) undefined(Undefined planted, const float* __restrict__ in,
                                               int divisor, float* __restrict__ out) {
  const int t = static_cast<int>(threadIdx.x);
  const float* from = in + 4 * t + (planted == Undefined::misaligned ? 1 : 0);
  const float4 piece = *reinterpret_cast<const float4*>(from);  // misaligned
  float sums[4] = {piece.x, piece.y, piece.z, piece.w};
  const int index = planted == Undefined::register_array ? t + 1 : t;
  float sum = 0;
  for (int i = 0; i <= index; ++i) sum += sums[i];  // register array
  const int quotient = planted == Undefined::division ? 12 / (divisor - 1 - t) : 12 / divisor;
  const float scale = planted == Undefined::cast ? 1e9f : 1.0f;
  const int whole = static_cast<int>(sum * scale);  // cast
  out[t] = static_cast<float>(whole) * static_cast<float>(quotient);
}

__global__ void __launch_bounds__(96)
    histogram(const int* __restrict__ values, int count, int* __restrict__ out) {
  GPST_SHARED(int, bins, 8);
  const int t = static_cast<int>(threadIdx.x);
  if (t < 8) bins[t] = 0;
  __syncthreads();
  for (int i = t; i < count; i += 96) atomicAdd(&bins[values[i] & 7], 1);
  __syncthreads();
  if (t < 8) out[t] = bins[t];
}

}  // namespace

void run_shared_error(SharedError planted, int* out) {
  launch("shared_error", shared_error, dim3(2), dim3(64), 64 * sizeof(int), nullptr, planted, out);
}
void run_second_block(bool planted, int* out) {
  launch("second_block", second_block, dim3(2), dim3(64), 0, nullptr, planted, out);
}
void run_race(Race planted, int* out) {
  launch("race", race, dim3(1), dim3(64), 0, nullptr, planted, out);
}
void run_device_error(DeviceErrorCase planted, int count, const int* in, int* out) {
  launch("device_error", device_error, dim3(1), dim3(64), 0, nullptr, planted, count, in, out);
}
void run_host_access(bool planted, const int* in, int* out) {
  const int more = planted ? *in : 1;  // host access
  launch("one_copy", one_copy, dim3(static_cast<unsigned>(more)), dim3(1), 0, nullptr, in, out);
}
void run_undefined(Undefined planted, const float* in, int divisor, float* out) {
  launch("undefined", undefined, dim3(1), dim3(4), 0, nullptr, planted, in, divisor, out);
}
void run_histogram(const int* values, int count, int* out) {
  launch("histogram", histogram, dim3(1), dim3(96), 0, nullptr, values, count, out);
}

}  // namespace gpst::cuda
