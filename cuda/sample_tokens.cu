#include "cuda/sample_tokens.h"

#include "cuda/check_sizes.h"
#include "cuda/simt.h"
#include "ops/token_columns.h"
#include "ops/token_limits.h"

namespace gpst::cuda {
namespace {

constexpr int kTile = kWarp;        // tokens and channels of a tile
constexpr int kRows = 8;            // of threads: a tile in kTile / kRows goes
constexpr int kPadded = kTile + 1;  // a column of the tile lies in different banks

// As at::clamp: NaN stays.
__device__ __forceinline__ float clamped(float value, float low, float high) {
  if (value < low) return low;
  return value > high ? high : value;
}

__device__ __forceinline__ float geometry_value(int column, float value, float initial) {
  const float moved = __fadd_rn(value, initial);
  if (column == kSigmaX || column == kSigmaY) return clamped(moved, kSmallestSigma, kLargestSigma);
  return column == kRho ? clamped(moved, -kLargestRho, kLargestRho) : moved;
}

// A block turns a tile of 32 tokens, 32 channels at a time, through shared memory, so that both
// sides are read and written along memory.
// Bytes a value: 4 read, 4 written, 4 of layout for one in C/5. Operations: 2, geometry 5.
__global__ void __launch_bounds__(kTile* kRows)
    sample_tokens_kernel(const float* __restrict__ sample,  // [B, channels, count]
                         const float* __restrict__ means,   // [channels]
                         const float* __restrict__ stds,    // [channels]
                         const float* __restrict__ layout,  // [B, count, 5]
                         float* __restrict__ tokens,        // [B, count, channels]
                         int channels, int count, int tiles) {
  GPST_SHARED(float, tile, kTile* kPadded);  // [channel][token]
  const int picture = static_cast<int>(blockIdx.x) / tiles;
  const int first_token = static_cast<int>(blockIdx.x) % tiles * kTile;
  const int lane = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
  const int64_t begin = static_cast<int64_t>(picture) * channels * count;
  for (int first = 0; first < channels; first += kTile) {
    for (int i = row; i < kTile; i += kRows) {
      const int channel = first + i, token = first_token + lane;
      if (channel < channels && token < count) {
        const float z = sample[begin + static_cast<int64_t>(channel) * count + token];
        tile[i * kPadded + lane] =
            __fadd_rn(__fmul_rn(z, __ldg(stds + channel)), __ldg(means + channel));
      }
    }
    __syncthreads();
    for (int i = row; i < kTile; i += kRows) {
      const int channel = first + lane, token = first_token + i;
      if (channel < channels && token < count) {
        float value = tile[lane * kPadded + i];
        if (channel < kGeometry) {
          const int64_t place = (static_cast<int64_t>(picture) * count + token) * kGeometry;
          value = geometry_value(channel, value, layout[place + channel]);
        }
        tokens[begin + static_cast<int64_t>(token) * channels + channel] = value;
      }
    }
    __syncthreads();
  }
}

}  // namespace

void sample_tokens(const float* sample, const float* means, const float* stds, const float* layout,
                   float* tokens, int64_t pictures, int64_t channels, int64_t count,
                   Stream stream) {
  if (pictures * channels * count == 0) return;
  const int64_t tiles = div_up(count, int64_t{kTile});
  check_fits_int("sample_tokens", "channels", channels + kTile);
  check_fits_int("sample_tokens", "tokens", count + kTile);
  check_fits_int("sample_tokens", "the number of blocks", pictures * tiles);
  launch("sample_tokens", sample_tokens_kernel, dim3(static_cast<unsigned>(pictures * tiles)),
         dim3(kTile, kRows), 0, stream, sample, means, stds, layout, tokens,
         static_cast<int>(channels), static_cast<int>(count), static_cast<int>(tiles));
}

}  // namespace gpst::cuda
