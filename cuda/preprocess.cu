// Compiled without contraction of a*b+c: the results must be the host's to the bit.
#include "cuda/preprocess.h"

#include <string>

#include "base/error.h"
#include "cuda/check_sizes.h"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr const char* kName = "preprocess_pictures";
constexpr int kTile = 32;  // a block makes 32 x 32 pixels, four a thread
constexpr int kRows = 8;
constexpr int kThreads = kTile * kRows;
constexpr int kPicturesALaunch = 32;
constexpr int kLevels = 256;
static_assert(kThreads == kLevels);

enum class Scaling { none, halve, bilinear };

struct Job {
  const uint8_t* rgb;       // [height,width,3]
  double scale_x, scale_y;  // source pixels a target pixel
  int width, height;
  int left, top;  // of the crop in the scaled picture
  Scaling scaling;
  bool flip;
};

// An argument of the kernel: 32 * 48 bytes of the 4 KB there are.
struct Jobs {
  Job of[kPicturesALaunch];
};

// Position i of an axis blends sources lower and upper in 1/2048 (image/resize_bilinear). Past the
// border columns drop the fraction, rows keep it.
struct ByteTap {
  int lower, upper, weight0, weight1;
};

__device__ __forceinline__ ByteTap byte_tap(int i, double scale, int length, bool is_column) {
  float fraction = static_cast<float>((i + 0.5) * scale - 0.5);
  int first = static_cast<int>(floorf(fraction));
  fraction -= static_cast<float>(first);
  const int last = length - 1;
  if (is_column && (first < 0 || first >= last)) {
    first = first < 0 ? 0 : last;
    fraction = 0;
  }
  const auto clamped = [last](int at) { return at < 0 ? 0 : (at > last ? last : at); };
  return {clamped(first), clamped(first + 1), __float2int_rn((1.0f - fraction) * 2048.0f),
          __float2int_rn(fraction * 2048.0f)};
}

struct Bytes3 {
  int red, green, blue;
};

__device__ __forceinline__ Bytes3 bytes_at(const Job& job, int x, int y) {
  const uint8_t* rgb = job.rgb + (static_cast<int64_t>(y) * job.width + x) * 3;
  return {__ldg(rgb), __ldg(rgb + 1), __ldg(rgb + 2)};
}

template <class Blend>
__device__ __forceinline__ Bytes3 blended(const Job& job, const ByteTap& x, const ByteTap& y,
                                          const Blend& blend) {
  const Bytes3 a = bytes_at(job, x.lower, y.lower), b = bytes_at(job, x.upper, y.lower);
  const Bytes3 c = bytes_at(job, x.lower, y.upper), d = bytes_at(job, x.upper, y.upper);
  return {blend(a.red, b.red, c.red, d.red), blend(a.green, b.green, c.green, d.green),
          blend(a.blue, b.blue, c.blue, d.blue)};
}

// One pixel of the scaled picture.
__device__ __forceinline__ Bytes3 scaled_pixel(const Job& job, const ByteTap& x_tap, int x, int y) {
  if (job.scaling == Scaling::none) return bytes_at(job, x, y);
  if (job.scaling == Scaling::halve) {
    return blended(job, {2 * x, 2 * x + 1, 0, 0}, {2 * y, 2 * y + 1, 0, 0},
                   [](int a, int b, int c, int d) { return (a + b + c + d + 2) >> 2; });
  }
  const ByteTap y_tap = byte_tap(y, job.scale_y, job.height, false);
  return blended(job, x_tap, y_tap, [&](int a, int b, int c, int d) {
    const int upper = x_tap.weight0 * a + x_tap.weight1 * b;
    const int lower = x_tap.weight0 * c + x_tap.weight1 * d;
    const int sum = ((y_tap.weight0 * (upper >> 4)) >> 16) + ((y_tap.weight1 * (lower >> 4)) >> 16);
    const int level = (sum + 2) >> 2;
    return level < 0 ? 0 : (level > 255 ? 255 : level);
  });
}

// Bytes a pixel: 12 loads of a byte each from rows that lie in the caches (3 bytes a source pixel
// from memory), 12 bytes written. Operations a pixel, bilinear: 3 * 12 on integers, 14 in double
// for the rows and a quarter of that for the columns. A block makes the 256 floats of the levels
// once.
__global__ void __launch_bounds__(kThreads)
    preprocess_kernel(Jobs jobs, float* __restrict__ values, int first_picture, int side,
                      bool channels_last) {
  GPST_SHARED(float, level, kLevels);
  const int thread = static_cast<int>(threadIdx.x);
  level[thread] = static_cast<float>(thread / 127.5 - 1.0);
  __syncthreads();
  const Job& job = jobs.of[blockIdx.z];
  const int x = static_cast<int>(blockIdx.x) * kTile + thread % kTile;
  if (x >= side) return;
  const ByteTap x_tap = byte_tap(x + job.left, job.scale_x, job.width, true);
  const int target_x = job.flip ? side - 1 - x : x;
  const int64_t plane = static_cast<int64_t>(side) * side;
  float* const picture = values + (first_picture + static_cast<int64_t>(blockIdx.z)) * 3 * plane;
  for (int row = thread / kTile; row < kTile; row += kRows) {
    const int y = static_cast<int>(blockIdx.y) * kTile + row;
    if (y >= side) break;
    const Bytes3 pixel = scaled_pixel(job, x_tap, x + job.left, y + job.top);
    const int64_t at = static_cast<int64_t>(y) * side + target_x;
    float* const target = picture + (channels_last ? 3 * at : at);
    const int64_t stride = channels_last ? 1 : plane;
    target[0] = level[pixel.red];
    target[stride] = level[pixel.green];
    target[2 * stride] = level[pixel.blue];
  }
}

Job job_of(const PreprocessPicture& picture, int64_t side) {
  constexpr int64_t kLongest = 1 << 30;
  const auto fits = [](int64_t length) { return length >= 1 && length <= kLongest; };
  if (!fits(picture.width) || !fits(picture.height) || !fits(picture.scaled_width) ||
      !fits(picture.scaled_height) || side > picture.scaled_width || side > picture.scaled_height) {
    throw InputError(std::string(kName) + ": a picture of " + std::to_string(picture.width) +
                     " x " + std::to_string(picture.height) + " pixels, scaled to " +
                     std::to_string(picture.scaled_width) + " x " +
                     std::to_string(picture.scaled_height) + ", does not cover a crop of " +
                     std::to_string(side));
  }
  const auto scale = [](int64_t source, int64_t target) {
    return 1.0 / (static_cast<double>(target) / static_cast<double>(source));
  };
  Job job = {};
  job.rgb = picture.rgb;
  job.scale_x = scale(picture.width, picture.scaled_width);
  job.scale_y = scale(picture.height, picture.scaled_height);
  job.width = static_cast<int>(picture.width);
  job.height = static_cast<int>(picture.height);
  job.left = static_cast<int>((picture.scaled_width - side) / 2);
  job.top = static_cast<int>((picture.scaled_height - side) / 2);
  job.scaling = Scaling::bilinear;
  if (picture.width == picture.scaled_width && picture.height == picture.scaled_height) {
    job.scaling = Scaling::none;
  } else if (picture.width == 2 * picture.scaled_width &&
             picture.height == 2 * picture.scaled_height) {
    job.scaling = Scaling::halve;
  }
  job.flip = picture.flip;
  return job;
}

}  // namespace

void preprocess_pictures(std::span<const PreprocessPicture> pictures,
                         const PreprocessTarget& target, Stream stream) {
  check_fits_int(kName, "the number of pictures", std::ssize(pictures));
  check_fits_int(kName, "the pixels of a result", target.side * target.side);
  if (target.side < 1) {
    throw InputError(std::string(kName) + ": side must be at least 1, found " +
                     std::to_string(target.side));
  }
  const auto blocks = static_cast<unsigned>(div_up(target.side, int64_t{kTile}));
  for (size_t first = 0; first < pictures.size(); first += kPicturesALaunch) {
    Jobs jobs = {};
    unsigned count = 0;
    for (; count < kPicturesALaunch && first + count < pictures.size(); ++count) {
      jobs.of[count] = job_of(pictures[first + count], target.side);
    }
    launch(kName, preprocess_kernel, dim3(blocks, blocks, count), dim3(kThreads), 0, stream, jobs,
           target.values, static_cast<int>(first), static_cast<int>(target.side),
           target.channels_last);
  }
}

}  // namespace gpst::cuda
