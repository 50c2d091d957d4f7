#include "cuda/initial_noise.h"

#include "cuda/check_sizes.h"
#include "cuda/philox.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kThreads = 128;

// A thread makes the four numbers of one Philox block and stores them as 16 bytes where rows are
// multiples of that.
// Bytes a value: 4 written. Operations a value: a quarter of those philox.cuh states.
__global__ void __launch_bounds__(kThreads)
    initial_noise_kernel(const int64_t* __restrict__ pictures,  // [B]
                         float* __restrict__ states,            // [B, values]
                         int values, int blocks_per_picture, uint64_t seed, Purpose purpose,
                         uint32_t step) {
  const int picture = static_cast<int>(blockIdx.x) / blocks_per_picture;
  const int group =
      static_cast<int>(blockIdx.x) % blocks_per_picture * kThreads + static_cast<int>(threadIdx.x);
  const int first = 4 * group;
  if (first >= values) return;
  const PhiloxBlocks numbers = philox_blocks(seed, __ldg(pictures + picture), purpose, step);
  const float4 normals = philox_normals(numbers, static_cast<uint32_t>(group));
  const Values<4> made = {{normals.x, normals.y, normals.z, normals.w}};
  float* target = states + static_cast<int64_t>(picture) * values + first;
  if (values % 4 == 0) {
    store_values(target, made);
  } else {
    for (int i = 0; i < 4 && first + i < values; ++i) target[i] = made.at[i];
  }
}

}  // namespace

void initial_noise(const int64_t* pictures, float* states, int64_t batch, int64_t values,
                   uint64_t seed, Purpose purpose, int64_t step, Stream stream) {
  if (batch == 0 || values == 0) return;
  const int64_t blocks_per_picture = div_up(div_up(values, int64_t{4}), int64_t{kThreads});
  check_fits_int("initial_noise", "the values of a picture", values + 3);
  check_fits_int("initial_noise", "the number of blocks", batch * blocks_per_picture);
  check_philox_step("initial_noise", step);
  launch("initial_noise", initial_noise_kernel,
         dim3(static_cast<unsigned>(batch * blocks_per_picture)), dim3(kThreads), 0, stream,
         pictures, states, static_cast<int>(values), static_cast<int>(blocks_per_picture), seed,
         purpose, static_cast<uint32_t>(step));
}

}  // namespace gpst::cuda
