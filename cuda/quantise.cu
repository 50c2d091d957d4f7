#include "cuda/quantise.h"

#include "cuda/check_sizes.h"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kThreads = 128;

struct Extent {
  int pixels;  // of a picture
  int width;
  int blocks_per_picture;
};

// Where a thread stands: its picture, and its number within it.
struct Place {
  int picture, item;
};

__device__ __forceinline__ Place place_of(const Extent& extent) {
  const int block = static_cast<int>(blockIdx.x);
  return {block / extent.blocks_per_picture,
          block % extent.blocks_per_picture * kThreads + static_cast<int>(threadIdx.x)};
}

// Each operation rounded by itself, as on the host. NaN becomes -1, then 0.
__device__ __forceinline__ uint32_t level_of(float value, float half) {
  const float inside = fminf(fmaxf(value, -1.0F), 1.0F);
  return static_cast<uint32_t>(__fadd_rn(__fmul_rn(__fadd_rn(inside, 1.0F), 127.5F), half));
}

// Values that are no numbers, by the place of each; one branch where there are none.
template <int N, class Place>
__device__ __forceinline__ void report_nan(const Values<N>& values, int* first_nan,
                                           const Place& place) {
  bool found = false;
  for (int i = 0; i < N; ++i) found |= values.at[i] != values.at[i];
  if (!found) return;
  for (int i = 0; i < N; ++i) {
    if (values.at[i] != values.at[i]) atomicMin(first_nan, place(i));
  }
}

// All kernels: bytes a value: 4 or 2 read, 1 written. Operations a value: 6 and a conversion.

__global__ void __launch_bounds__(kThreads)
    clear_first_nan_kernel(int* first_nan, int pictures, int values) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (i < pictures) first_nan[i] = values;
}

// A thread reads 16 bytes of each plane: 4 pixels, or 8 of Bf16. The warp's bytes change places in
// shared memory, so that they are written 16 at a time too.
template <class T>
__global__ void __launch_bounds__(kThreads)
    quantise_planes_kernel(const T* __restrict__ pictures,  // [B, 3, pixels]
                           int64_t picture_stride,
                           uint8_t* __restrict__ bytes,  // [B, pixels, 3]
                           int* first_nan,               // [B]
                           Extent extent, float half) {
  constexpr int kPixels = 16 / sizeof(T);      // a thread
  constexpr int kWords = 3 * kPixels / 4;      // of 4 bytes, a thread
  constexpr int kPieces = kWarp * kWords / 4;  // of 16 bytes, a warp
  GPST_SHARED(uint4, shared, kThreads / kWarp * kPieces);
  const Place place = place_of(extent);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  uint4* own = shared + static_cast<int>(threadIdx.x) / kWarp * kPieces;
  const int pixel = place.item * kPixels;
  if (pixel < extent.pixels) {
    const T* source = pictures + place.picture * picture_stride + pixel;
    Values<kPixels> v[3];
    for (int c = 0; c < 3; ++c) {
      v[c] = load_values<kPixels>(source + static_cast<int64_t>(c) * extent.pixels);
    }
    uint32_t levels[3 * kPixels];
    for (int i = 0; i < 3 * kPixels; ++i) levels[i] = level_of(v[i % 3].at[i / 3], half);
    for (int c = 0; c < 3; ++c) {
      report_nan(v[c], first_nan + place.picture,
                 [&](int i) { return c * extent.pixels + pixel + i; });
    }
    uint32_t* words = reinterpret_cast<uint32_t*>(own) + lane * kWords;
    for (int w = 0; w < kWords; ++w) {
      words[w] = levels[4 * w] | levels[4 * w + 1] << 8 | levels[4 * w + 2] << 16 |
                 levels[4 * w + 3] << 24;
    }
  }
  __syncwarp();
  const int first_pixel = pixel - lane * kPixels;
  const int pieces = 3 * (extent.pixels - first_pixel) / 16;  // from here on; 16 divides the pixels
  uint8_t* target = bytes + (static_cast<int64_t>(place.picture) * extent.pixels + first_pixel) * 3;
  for (int round = 0; round < div_up(kPieces, kWarp); ++round) {
    const int piece = round * kWarp + lane;
    if (piece < kPieces && piece < pieces) {
      *reinterpret_cast<uint4*>(target + 16 * piece) = own[piece];
    }
  }
}

// A thread turns 16 bytes of neighbours into 4 bytes, or 8 of Bf16.
template <class T>
__global__ void __launch_bounds__(kThreads)
    quantise_interleaved_kernel(const T* __restrict__ pictures,  // [B, pixels, 3]
                                int64_t picture_stride,
                                uint8_t* __restrict__ bytes,  // [B, pixels, 3]
                                int* first_nan,               // [B]
                                Extent extent, float half) {
  constexpr int kValues = 16 / sizeof(T);
  const Place place = place_of(extent);
  const int first = place.item * kValues;
  if (first >= 3 * extent.pixels) return;
  const Values<kValues> v = load_values<kValues>(pictures + place.picture * picture_stride + first);
  uint8_t* target = bytes + static_cast<int64_t>(place.picture) * 3 * extent.pixels + first;
  uint32_t words[kValues / 4];
  for (int w = 0; w < kValues / 4; ++w) {
    words[w] = 0;
    for (int i = 0; i < 4; ++i) words[w] |= level_of(v.at[4 * w + i], half) << (8 * i);
  }
  if constexpr (kValues == 8) {
    *reinterpret_cast<uint2*>(target) = make_uint2(words[0], words[1]);
  } else {
    *reinterpret_cast<uint32_t*>(target) = words[0];
  }
  report_nan(v, first_nan + place.picture,
             [&](int i) { return (first + i) % 3 * extent.pixels + (first + i) / 3; });
}

// A thread a pixel.
template <class T>
__global__ void __launch_bounds__(kThreads)
    quantise_strided_kernel(const T* __restrict__ pictures,  // [B, 3, height, width] by strides
                            PictureStrides strides,
                            uint8_t* __restrict__ bytes,  // [B, pixels, 3]
                            int* first_nan,               // [B]
                            Extent extent, float half) {
  const Place place = place_of(extent);
  if (place.item >= extent.pixels) return;
  const T* source = pictures + place.picture * strides.picture +
                    place.item / extent.width * strides.row +
                    place.item % extent.width * strides.column;
  uint8_t* target = bytes + (static_cast<int64_t>(place.picture) * extent.pixels + place.item) * 3;
  Values<3> v;
  for (int c = 0; c < 3; ++c) v.at[c] = load(source + c * strides.channel);
  for (int c = 0; c < 3; ++c) target[c] = static_cast<uint8_t>(level_of(v.at[c], half));
  report_nan(v, first_nan + place.picture, [&](int c) { return c * extent.pixels + place.item; });
}

template <class T>
class Quantiser {
 public:
  Quantiser(const T* pictures, const PictureStrides& strides, uint8_t* bytes, int* first_nan,
            const PictureShape& shape, bool nearest, Stream stream)
      : pictures_(pictures),
        strides_(strides),
        bytes_(bytes),
        first_nan_(first_nan),
        batch_(shape.pictures),
        pixels_(shape.height * shape.width),
        width_(shape.width),
        half_(nearest ? 0.5F : 0.0F),
        stream_(stream) {}

  void run() const {
    check_fits_int("quantise", "the values of a picture", 3 * pixels_ + kThreads * kWidth);
    launch("quantise_clear", clear_first_nan_kernel,
           dim3(static_cast<unsigned>(div_up(batch_, int64_t{kThreads}))), dim3(kThreads), 0,
           stream_, first_nan_, static_cast<int>(batch_), static_cast<int>(3 * pixels_));
    if (are_planes()) {
      const Extent extent = extent_of(pixels_ / kWidth);
      launch("quantise_planes", quantise_planes_kernel<T>, grid(extent), dim3(kThreads), 0, stream_,
             pictures_, strides_.picture, bytes_, first_nan_, extent, half_);
    } else if (is_interleaved()) {
      const Extent extent = extent_of(3 * pixels_ / kWidth);
      launch("quantise_interleaved", quantise_interleaved_kernel<T>, grid(extent), dim3(kThreads),
             0, stream_, pictures_, strides_.picture, bytes_, first_nan_, extent, half_);
    } else {
      const Extent extent = extent_of(pixels_);
      launch("quantise_strided", quantise_strided_kernel<T>, grid(extent), dim3(kThreads), 0,
             stream_, pictures_, strides_, bytes_, first_nan_, extent, half_);
    }
  }

 private:
  static constexpr int kWidth = 16 / sizeof(T);  // values of a vector load

  bool are_planes() const {
    return strides_.column == 1 && strides_.row == width_ && strides_.channel == pixels_ &&
           strides_.picture % kWidth == 0 && pixels_ % 16 == 0 && is_aligned<kWidth>(pictures_) &&
           is_aligned<16>(bytes_);
  }

  bool is_interleaved() const {
    return strides_.channel == 1 && strides_.column == 3 && strides_.row == 3 * width_ &&
           strides_.picture % kWidth == 0 && pixels_ % kWidth == 0 &&
           is_aligned<kWidth>(pictures_) && is_aligned<kWidth>(bytes_);
  }

  Extent extent_of(int64_t items) const {
    const int64_t blocks = div_up(items, int64_t{kThreads});
    check_fits_int("quantise", "the number of blocks", batch_ * blocks);
    return {static_cast<int>(pixels_), static_cast<int>(width_), static_cast<int>(blocks)};
  }

  dim3 grid(const Extent& extent) const {
    return dim3(static_cast<unsigned>(batch_) * static_cast<unsigned>(extent.blocks_per_picture));
  }

  const T* pictures_;
  PictureStrides strides_;
  uint8_t* bytes_;
  int* first_nan_;
  int64_t batch_, pixels_, width_;
  float half_;
  Stream stream_;
};

}  // namespace

template <class T>
void quantise(const T* pictures, const PictureStrides& strides, uint8_t* bytes, int* first_nan,
              const PictureShape& shape, bool nearest, Stream stream) {
  if (shape.pictures == 0) return;
  Quantiser<T>(pictures, strides, bytes, first_nan, shape, nearest, stream).run();
}

template void quantise(const float*, const PictureStrides&, uint8_t*, int*, const PictureShape&,
                       bool, Stream);
template void quantise(const Bf16*, const PictureStrides&, uint8_t*, int*, const PictureShape&,
                       bool, Stream);

}  // namespace gpst::cuda
