#include "cuda/splat_backward.h"

#include "cuda/gaussian.cuh"
#include "cuda/simt.h"
#include "cuda/splat_box.cuh"
#include "cuda/sum_of_lanes.cuh"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = kWarps * kWarp;
constexpr int kPixelsOfOneWarp = 256;  // larger boxes are shared by the warps of the block

struct GradientView {
  const float* tokens;    // [B, l, 5+c]
  const float* grad_map;  // [B, c, H, W] or [B, H, W, c]
  float* grad_tokens;     // [B, l, 5+c]
  Axis columns, rows;
  float dmax;
  int channels;           // c
  int tokens_of_picture;  // l
  int blocks_of_picture;
};

// Sums of one lane over its pixels of a box, for C channels from `channel` on. kExact: all C are
// there, and in nhwc order with C a multiple of 4 they are read as vectors.
template <int C>
struct LaneSums {
  float feature[C] = {};  // w * grad
  BoxSums box = {};
};

template <int C, MapOrder order, bool kExact>
__device__ __forceinline__ void add_pixels(const GradientView& view, const Geometry& g,
                                           const PixelBox& box, const float* token,
                                           const float* grad /* of the picture */, int channel,
                                           int lane, int lanes, LaneSums<C>& sums) {
  const int channels = kExact ? C : min(C, view.channels - channel);
  const int plane = view.rows.pixels * view.columns.pixels;
  const Shape shape = g.shape();
  float f[C];
#pragma unroll
  for (int k = 0; k < C; ++k) {
    f[k] = k < channels ? __ldg(token + static_cast<int>(kGeometry) + channel + k) : 0.0f;
  }
  int column = lane % box.width, row = lane / box.width;
  const int step_column = lanes % box.width, step_row = lanes / box.width;
#pragma unroll 1
  while (row < box.height) {
    const int pixel = (box.row + row) * view.columns.pixels + box.column + column;
    float values[C];
    if constexpr (order == MapOrder::nhwc && kExact && C % 4 == 0) {
      const float* source = grad + pixel * C;
#pragma unroll
      for (int k = 0; k < C; k += 4) {
        const float4 piece = __ldg(reinterpret_cast<const float4*>(source + k));
        values[k] = piece.x;
        values[k + 1] = piece.y;
        values[k + 2] = piece.z;
        values[k + 3] = piece.w;
      }
    } else if constexpr (order == MapOrder::nhwc) {
      const float* source = grad + pixel * view.channels + channel;
#pragma unroll
      for (int k = 0; k < C; ++k) values[k] = k < channels ? __ldg(source + k) : 0.0f;
    } else {
      const float* source = grad + channel * plane + pixel;
#pragma unroll
      for (int k = 0; k < C; ++k) values[k] = k < channels ? __ldg(source + k * plane) : 0.0f;
    }
    const Row of_row = make_row(shape, view.rows.coordinate(box.row + row) - g.y);
    const float t = along_row(shape, of_row, view.columns.coordinate(box.column + column) - g.x);
    const float w = weight(of_row, t);
    float dot = 0;
#pragma unroll
    for (int k = 0; k < C; ++k) {
      dot = fmaf(values[k], f[k], dot);
      sums.feature[k] = fmaf(values[k], w, sums.feature[k]);
    }
    sums.box.add(w * dot, t, of_row.v);
    column += step_column;
    row += step_row;
    if (column >= box.width) {
      column -= box.width;
      ++row;
    }
  }
}

constexpr int kSumsOfBox = 5;  // of BoxSums

// What a warp found of a token: lane k * kSpacing has channel k, lane 4 k has sum k of the box.
template <int C>
struct WarpSums {
  static constexpr int kValues = C <= 8 ? 8 : C <= 16 ? 16 : 32, kSpacing = kWarp / kValues;
};

template <int C>
__device__ __forceinline__ float feature_of_warp(const float (&feature)[C]) {
  float values[WarpSums<C>::kValues];
#pragma unroll
  for (int k = 0; k < WarpSums<C>::kValues; ++k) values[k] = k < C ? feature[k] : 0.0f;
  return sum_of_lanes(values);
}

__device__ __forceinline__ float box_of_warp(const BoxSums& sums) {
  const float values[8] = {sums.t, sums.t2, sums.v, sums.vt, sums.v2, 0.0f, 0.0f, 0.0f};
  return sum_of_lanes(values);
}

// A warp takes a token, and a block eight that are far apart in the picture's order, since tokens
// of large regions follow each other. Boxes of more than 256 pixels wait and are then shared by all
// warps of the block, whose sums are added in their order.
// Bytes: 4 c of the map for each pixel of a box, once, through L2 (a map element is read by as many
// tokens as cover it, 4 on average for a fresh partition), 4 (5 + c) of a token read and written.
// Operations a pixel of a box: 2 c multiply-adds, 1 exponential and 10 for the sums of the box; and
// a box has 30 shuffles (45 with 21 or 32 channels), most with an addition and two selections.
template <int C, MapOrder order, bool kExact>
__global__ void __launch_bounds__(kThreads, 2) splat_backward_kernel(GradientView view) {
  constexpr int kSpacing = WarpSums<C>::kSpacing;
  GPST_SHARED(float, partial, kWarps*(C + kSumsOfBox));
  GPST_SHARED(int, is_large, kWarps);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % kWarp, warp = thread / kWarp;
  const int picture = static_cast<int>(blockIdx.x) / view.blocks_of_picture;
  const int block = static_cast<int>(blockIdx.x) % view.blocks_of_picture;
  const int columns_of_token = static_cast<int>(kGeometry) + view.channels;
  const float* grad = view.grad_map + static_cast<int64_t>(picture) * view.channels *
                                          view.rows.pixels * view.columns.pixels;
  const auto place_of = [&](int slot) {  // of the token's first number
    return (static_cast<int64_t>(picture) * view.tokens_of_picture + block +
            slot * view.blocks_of_picture) *
           columns_of_token;
  };

  bool large = false;
  if (block + warp * view.blocks_of_picture < view.tokens_of_picture) {
    const int64_t place = place_of(warp);
    const Geometry g = load_geometry(view.tokens + place);
    const PixelBox box = find_box(view.columns, view.rows, view.dmax, g);
    float* target = view.grad_tokens + place;
    large = box.width * box.height > kPixelsOfOneWarp;
    if (box.width == 0 || box.height == 0) {
      for (int i = lane; i < columns_of_token; i += kWarp) target[i] = 0.0f;
    } else if (!large) {
      BoxSums sums = {};
      for (int channel = 0; channel < view.channels; channel += C) {
        LaneSums<C> chunk;
        chunk.box = sums;
        add_pixels<C, order, kExact>(view, g, box, view.tokens + place, grad, channel, lane, kWarp,
                                     chunk);
        sums = chunk.box;
        const float total = feature_of_warp(chunk.feature);
        const int k = lane / kSpacing;
        if (lane % kSpacing == 0 && k < C && channel + k < view.channels) {
          target[static_cast<int>(kGeometry) + channel + k] = total;
        }
      }
      const float own = box_of_warp(sums);
      const auto sum = [&](int k) { return __shfl_sync(kFullMask, own, 4 * k); };
      const BoxSums totals = {sum(0), sum(1), sum(2), sum(3), sum(4)};
      if (lane == 0) store_geometry_gradient(g, totals, target);
    }
  }
  if (lane == 0) is_large[warp] = large ? 1 : 0;
  __syncthreads();

#pragma unroll 1
  for (int slot = 0; slot < kWarps; ++slot) {
    if (is_large[slot] == 0) continue;
    const int64_t place = place_of(slot);
    const Geometry g = load_geometry(view.tokens + place);
    const PixelBox box = find_box(view.columns, view.rows, view.dmax, g);
    float* target = view.grad_tokens + place;
    BoxSums sums = {};
    for (int channel = 0; channel < view.channels; channel += C) {
      LaneSums<C> chunk;
      chunk.box = sums;
      add_pixels<C, order, kExact>(view, g, box, view.tokens + place, grad, channel, thread,
                                   kThreads, chunk);
      sums = chunk.box;
      const float total = feature_of_warp(chunk.feature);
      const int k = lane / kSpacing;
      if (lane % kSpacing == 0 && k < C) partial[warp * (C + kSumsOfBox) + k] = total;
      if (channel + C >= view.channels) {
        const float own = box_of_warp(sums);
        if (lane % 4 == 0 && lane < 4 * kSumsOfBox) {
          partial[warp * (C + kSumsOfBox) + C + lane / 4] = own;
        }
      }
      __syncthreads();
      const auto of_block = [&](int i) {
        float sum = 0;
        for (int w = 0; w < kWarps; ++w) sum += partial[w * (C + kSumsOfBox) + i];
        return sum;
      };
      if (thread < C && channel + thread < view.channels) {
        target[static_cast<int>(kGeometry) + channel + thread] = of_block(thread);
      }
      if (thread == kWarp && channel + C >= view.channels) {
        const BoxSums totals = {of_block(C), of_block(C + 1), of_block(C + 2), of_block(C + 3),
                                of_block(C + 4)};
        store_geometry_gradient(g, totals, target);
      }
      __syncthreads();
    }
  }
}

template <int C, MapOrder order, bool kExact>
void launch_backward(const GradientView& view, int64_t pictures, Stream stream) {
  launch("splat_backward", splat_backward_kernel<C, order, kExact>,
         dim3(static_cast<unsigned>(pictures * view.blocks_of_picture)), dim3(kThreads), 0, stream,
         view);
}

template <MapOrder order>
void backward(const GradientView& view, int64_t pictures, Stream stream) {
  const bool vectors = order == MapOrder::nchw || is_aligned<4>(view.grad_map);
  if (view.channels == 16 && vectors)
    return launch_backward<16, order, true>(view, pictures, stream);
  if (view.channels == 21) return launch_backward<21, order, true>(view, pictures, stream);
  if (view.channels == 32 && vectors)
    return launch_backward<32, order, true>(view, pictures, stream);
  launch_backward<8, order, false>(view, pictures, stream);
}

}  // namespace

void splat_backward(const SplatShape& shape, MapOrder order, const float* tokens,
                    const float* grad_map, float* grad_tokens, Stream stream) {
  check_splat_shape("splat_backward", shape);
  if (shape.tiles != 1) {
    throw InputError("splat_backward: tokens of one tile expected, found tiles = " +
                     std::to_string(shape.tiles) + "; merge them first");
  }
  if (shape.pictures == 0 || shape.tokens == 0) return;
  GradientView view = {};
  view.tokens = tokens;
  view.grad_map = grad_map;
  view.grad_tokens = grad_tokens;
  view.columns = make_axis(shape.width);
  view.rows = make_axis(shape.height);
  view.dmax = static_cast<float>(shape.dmax);
  view.channels = static_cast<int>(shape.channels);
  view.tokens_of_picture = static_cast<int>(shape.tokens);
  view.blocks_of_picture = static_cast<int>(div_up(shape.tokens, int64_t{kWarps}));
  order == MapOrder::nhwc ? backward<MapOrder::nhwc>(view, shape.pictures, stream)
                          : backward<MapOrder::nchw>(view, shape.pictures, stream);
}

}  // namespace gpst::cuda
