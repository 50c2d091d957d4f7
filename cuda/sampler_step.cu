#include "cuda/sampler_step.h"

#include <string>

#include "cuda/check_sizes.h"
#include "cuda/philox.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kGroup = 4;  // values a thread: the numbers of one Philox block

struct Extent {
  int values;  // C * tokens
  int tokens;
  int blocks_per_picture;
  int guided_values;  // guided channels * tokens
};

// The row in force; the state's coefficient is NaN when it cannot be used.
__device__ __forceinline__ float4 row_in_force(const StepCoefficients& coefficients, int step,
                                               bool has_none) {
  const float nan = __uint_as_float(0x7FC00000);
  if (step < 0 || step >= coefficients.steps) return make_float4(nan, 0, 0, 0);
  const float* row = coefficients.rows + 4 * static_cast<int64_t>(step);
  const float4 c = make_float4(__ldg(row), __ldg(row + 1), __ldg(row + 2), __ldg(row + 3));
  return c.z != 0 && !has_none ? make_float4(nan, 0, 0, 0) : c;
}

// Values first .. first + 3 of what the net made of a picture, with class or, of guided values, so
// many rows behind it without. kVectors: they are neighbours in memory, of one channel; else one by
// one, those behind the end are 0.
template <bool kVectors, class T>
__device__ __forceinline__ Values<kGroup> load_output(const NetOutput<T>& output, int64_t picture,
                                                      int64_t rows_behind, int first,
                                                      const Extent& extent) {
  const auto source = [&](int value) {
    const int64_t row = value < extent.guided_values ? picture + rows_behind : picture;
    return output.values + row * output.row_stride + value / extent.tokens * output.channel_stride +
           value % extent.tokens * output.token_stride;
  };
  if constexpr (kVectors) {
    return load_values<kGroup>(source(first));
  } else {
    Values<kGroup> loaded = {};
    for (int i = 0; i < kGroup; ++i) {
      if (first + i >= extent.values) break;
      loaded.at[i] = load(source(first + i));
    }
    return loaded;
  }
}

__device__ __forceinline__ void add_scaled(Values<kGroup>& sum, float scale,
                                           const Values<kGroup>& values) {
  for (int i = 0; i < kGroup; ++i) sum.at[i] = fmaf(scale, values.at[i], sum.at[i]);
}

// Bytes a value: state 4 read and 4 written, output 4 or 2 (twice that in guided steps).
// Operations a value: 4 fused multiply-adds and a quarter of those philox.cuh states. The loads are
// asked for before the numbers are made, which take as long as they do.
template <class T, bool kVectors>
__global__ void __launch_bounds__(kThreads)
    sampler_step_kernel(float* __restrict__ x,  // [B, C, tokens]
                        NetOutput<T> output, StepCoefficients coefficients, StepNoise noise,
                        Extent extent) {
  const int picture = static_cast<int>(blockIdx.x) / extent.blocks_per_picture;
  const int group = static_cast<int>(blockIdx.x) % extent.blocks_per_picture * kThreads +
                    static_cast<int>(threadIdx.x);
  const int first = kGroup * group;
  if (first >= extent.values) return;
  const int step = __ldg(coefficients.step);
  const float4 c = row_in_force(coefficients, step, output.has_none);

  float* state = x + static_cast<int64_t>(picture) * extent.values + first;
  Values<kGroup> sum = {};
  if constexpr (kVectors) {
    sum = load_values<kGroup>(static_cast<const float*>(state));
  } else {
    for (int i = 0; i < kGroup && first + i < extent.values; ++i) sum.at[i] = state[i];
  }
  const Values<kGroup> with = load_output<kVectors>(output, picture, 0, first, extent);
  Values<kGroup> without = {};
  if (c.z != 0) {
    const int pictures = static_cast<int>(gridDim.x) / extent.blocks_per_picture;
    without = load_output<kVectors>(output, picture, pictures, first, extent);
  }

  for (int i = 0; i < kGroup; ++i) sum.at[i] *= c.x;
  add_scaled(sum, c.y, with);
  if (c.z != 0) add_scaled(sum, c.z, without);
  if (c.w != 0) {
    const PhiloxBlocks numbers = philox_blocks(noise.seed, __ldg(noise.pictures + picture),
                                               noise.purpose, static_cast<uint32_t>(step));
    const float4 n = philox_normals(numbers, static_cast<uint32_t>(group));
    add_scaled(sum, c.w, {{n.x, n.y, n.z, n.w}});
  }
  if constexpr (kVectors) {
    store_values(state, sum);
  } else {
    for (int i = 0; i < kGroup && first + i < extent.values; ++i) state[i] = sum.at[i];
  }
}

__global__ void __launch_bounds__(1) advance_step_kernel(int* step) { *step += 1; }

void check_guided_channels(const StateShape& shape) {
  if (shape.guided_channels >= 0 && shape.guided_channels <= shape.channels) return;
  throw InputError("sampler_step: guided channels must be in [0, " +
                   std::to_string(shape.channels) + "] (0: all), found " +
                   std::to_string(shape.guided_channels));
}

template <class T>
bool in_vectors(const NetOutput<T>& output, int64_t tokens) {
  return output.token_stride == 1 && tokens % kGroup == 0 && output.channel_stride % kGroup == 0 &&
         output.row_stride % kGroup == 0 && is_aligned<kGroup>(output.values);
}

}  // namespace

template <class T>
void sampler_step(float* x, const NetOutput<T>& output, const StepCoefficients& coefficients,
                  const StepNoise& noise, const StateShape& shape, Stream stream) {
  const int64_t values = shape.channels * shape.tokens;
  if (shape.pictures == 0 || values == 0) return;
  const int64_t blocks_per_picture = div_up(div_up(values, int64_t{kGroup}), int64_t{kThreads});
  check_fits_int("sampler_step", "the values of a picture", values + kGroup - 1);
  check_fits_int("sampler_step", "the number of blocks", shape.pictures * blocks_per_picture);
  check_philox_step("sampler_step", coefficients.steps - 1);
  check_guided_channels(shape);
  const int64_t guided = shape.guided_channels == 0 ? shape.channels : shape.guided_channels;
  const Extent extent = {static_cast<int>(values), static_cast<int>(shape.tokens),
                         static_cast<int>(blocks_per_picture),
                         static_cast<int>(guided * shape.tokens)};
  const bool vectors = in_vectors(output, shape.tokens) && is_aligned<kGroup>(x);
  launch("sampler_step", vectors ? sampler_step_kernel<T, true> : sampler_step_kernel<T, false>,
         dim3(static_cast<unsigned>(shape.pictures * blocks_per_picture)), dim3(kThreads), 0,
         stream, x, output, coefficients, noise, extent);
}

template void sampler_step(float*, const NetOutput<float>&, const StepCoefficients&,
                           const StepNoise&, const StateShape&, Stream);
template void sampler_step(float*, const NetOutput<Bf16>&, const StepCoefficients&,
                           const StepNoise&, const StateShape&, Stream);

void advance_step(int* step, Stream stream) {
  launch("advance_step", advance_step_kernel, dim3(1), dim3(1), 0, stream, step);
}

}  // namespace gpst::cuda
