#include "cuda/roi_plan.h"

#include <cfloat>
#include <climits>
#include <string>

#include "base/error.h"
#include "cuda/check_sizes.h"
#include "cuda/roi_plan.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr int kBoxesPerBlock = 4;
constexpr int kLanesPerAxis = 16;
static_assert(kLanesPerAxis == kMaxRoiBins && 2 * kLanesPerAxis == kWarp);

struct BinPixels {
  int first, count;
};

// One bin along one axis. Positions are rounded as the CPU rounds them (this file is compiled
// without fused multiply-adds), since whether a sample is outside, and how many there are, is a
// step. Samples rise by at most one pixel, so two running sums are enough: of the current pixel and
// of the next one.
__device__ __forceinline__ BinPixels plan_bin(float low, float high, int n, int bins, int bin,
                                              int32_t* weights /* + pixel */) {
  const float start = low - 0.5f;
  const float size = (high - 0.5f) - start;
  const float cell = size / static_cast<float>(bins);
  const int samples = cell > 0 ? static_cast<int>(ceilf(cell)) : 0;
  const float corner = start + static_cast<float>(bin) * cell;
  const float share = static_cast<float>(samples);
  BinPixels pixels = {0, 0};
  int pixel = 0;
  float here = 0, next = 0;
  for (int k = 0; k < samples; ++k) {
    const float inside = (static_cast<float>(k) + 0.5f) * cell / share;
    float position = corner + inside;
    if (position < -1.0f || position > static_cast<float>(n)) continue;
    position = fmaxf(position, 0.0f);
    int at = static_cast<int>(position);
    float fraction = position - static_cast<float>(at);
    if (at >= n - 1) {
      at = n - 1;
      fraction = 0;
    }
    if (pixels.count == 0) {
      pixels = {at, 1};
      pixel = at;
    }
    for (; pixel < at; ++pixel) {
      weights[pixel] = __float_as_int(here / share);
      here = next;
      next = 0;
    }
    here += 1.0f - fraction;
    next += fraction;
  }
  if (pixels.count == 0) return pixels;
  weights[pixel] = __float_as_int(here / share);
  if (next > 0) {
    ++pixel;
    weights[pixel] = __float_as_int(next / share);
  }
  pixels.count = pixel - pixels.first + 1;
  return pixels;
}

__device__ __forceinline__ bool is_usable(const float* box /*[4]*/, int bins) {
  const float limit = static_cast<float>(static_cast<int>(kMaxRoiSamples) * bins);
  for (int i = 0; i < 4; ++i) {
    // Also false for a NaN.
    if (!(fabsf(box[i]) <= FLT_MAX)) return false;
  }
  return !(box[2] - box[0] > limit) && !(box[3] - box[1] > limit);
}

// A warp a box, its lower half the bins of x, its upper half those of y. Bytes a box: 16 read, at
// most 4 (W + H + 8 r + 4) written. Operations: about 15 a sample, ceil(size / r) samples in a row.
__global__ void __launch_bounds__(kBoxesPerBlock* kWarp)
    plan_rois_kernel(const float* __restrict__ boxes,  // [rois, 4]
                     int rois, RoiLayout layout,
                     int32_t* __restrict__ plan) {  // [rois, layout.words]
  const int roi =
      static_cast<int>(blockIdx.x) * kBoxesPerBlock + static_cast<int>(threadIdx.x) / kWarp;
  if (roi >= rois) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int axis = lane / kLanesPerAxis, bin = lane % kLanesPerAxis;
  float box[4];
  for (int i = 0; i < 4; ++i) box[i] = __ldg(boxes + 4 * static_cast<int64_t>(roi) + i);
  int32_t* own = plan + static_cast<int64_t>(roi) * layout.words;
  const bool usable = is_usable(box, layout.bins);

  BinPixels pixels = {0, usable ? 0 : -1};
  if (usable && bin < layout.bins) {
    const float low = axis == 0 ? box[0] : box[1], high = axis == 0 ? box[2] : box[3];
    pixels = plan_bin(low, high, axis == 0 ? layout.width : layout.height, layout.bins, bin,
                      own + layout.weight(axis, bin));
  }
  if (bin < layout.bins) {
    own[layout.bin(axis, bin)] = pixels.first;
    own[layout.bin(axis, bin) + 1] = pixels.count;
  }
  int begin = pixels.count > 0 ? pixels.first : INT_MAX;
  int end = pixels.count > 0 ? pixels.first + pixels.count : 0;
  for (int distance = kLanesPerAxis / 2; distance > 0; distance /= 2) {
    begin = min(begin, __shfl_xor_sync(kFullMask, begin, distance));
    end = max(end, __shfl_xor_sync(kFullMask, end, distance));
  }
  if (bin == 0) {
    own[2 * axis] = end == 0 ? 0 : begin;
    own[2 * axis + 1] = end;
  }
}

}  // namespace

int64_t roi_plan_words(const RoiShape& shape) {
  const int64_t words = 4 + 8 * shape.bins + shape.width + shape.height;
  return (words + 3) / 4 * 4;
}

void check_roi_shape(const char* kernel, const RoiShape& shape) {
  if (shape.bins < 1 || shape.bins > kMaxRoiBins) {
    throw InputError(std::string(kernel) + ": expected 1 to " + std::to_string(kMaxRoiBins) +
                     " bins a side, found " + std::to_string(shape.bins));
  }
  check_fits_int(kernel, "the number of boxes", shape.rois());
  check_fits_int(kernel, "the values of a picture's map",
                 shape.height * shape.width * shape.channels);
  check_fits_int(kernel, "the number of pixels of the batch",
                 shape.pictures * shape.height * shape.width);
}

void plan_rois(const RoiShape& shape, const float* boxes, int32_t* plan, Stream stream) {
  check_roi_shape("plan_rois", shape);
  if (shape.rois() == 0) return;
  const int64_t blocks = div_up(shape.rois(), int64_t{kBoxesPerBlock});
  launch("plan_rois", plan_rois_kernel, dim3(static_cast<unsigned>(blocks)),
         dim3(kBoxesPerBlock * kWarp), 0, stream, boxes, static_cast<int>(shape.rois()),
         roi_layout(shape), plan);
}

}  // namespace gpst::cuda
