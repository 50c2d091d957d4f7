#include "cuda/splat_forward.h"

#include "cuda/simt.h"
#include "cuda/splat_survivors.cuh"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kPixels = 4;    // of a lane, in one row
constexpr int kSubtile = 64;  // pixels of a warp at a time: 16 lanes x 4, twice (two lanes a pixel)

// Which pixels and channels a lane has. Two neighbouring lanes have the same four pixels of one row
// and every other group of channels, so that their stores fill whole sectors of 32 bytes. nhwc: a
// subtile of 8 x 8 pixels, a lane's are 2 apart, so that a store covers neighbours; nchw: 16 x 4, a
// lane's are next to each other and become one vector.
template <MapOrder order>
struct LaneLayout {
  static constexpr int kAcross = order == MapOrder::nhwc ? 2 : 4;  // pairs of lanes in a row
  static constexpr int kStep = order == MapOrder::nhwc ? kAcross : 1;
  static constexpr int kWidth = kAcross * kPixels, kHeight = kSubtile / kWidth;
  int half, column, row;  // within the subtile

  __device__ __forceinline__ explicit LaneLayout(int lane)
      : half(lane % 2),
        column(lane / 2 % kAcross * (order == MapOrder::nhwc ? 1 : kPixels)),
        row(lane / 2 / kAcross) {}
};

// Channels of a group: 16 bytes of the map where the number of channels allows.
template <int C, class T>
constexpr int kGroupOf = C % (2 * 16 / sizeof(T)) == 0 ? 16 / static_cast<int>(sizeof(T)) : 4;

// Adds survivors that touch the subtile to a lane's pixels. Per survivor a lane has 4 C / 2
// multiply-adds, 4 exponentials and 2 + C / 8 reads of 16 bytes of shared memory, for 4 pixels.
template <int C, int kGroup>
__device__ __forceinline__ void add_survivors(const Survivors<C>& found, int count,
                                              const Edges& subtile, const float (&x)[kPixels],
                                              float y, int half, float (&sum)[kPixels][C / 2]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int base = 0; base < count; base += kWarp) {
    bool near = base + lane < count;
    if (near) {
      const float4 box = found.box[base + lane];
      near = touches(subtile.left, subtile.right, box.x, box.z) &&
             touches(subtile.top, subtile.bottom, box.y, box.w);
    }
    for (unsigned left = __ballot_sync(kFullMask, near); left != 0; left &= left - 1) {
      const int i = base + __ffs(static_cast<int>(left)) - 1;
      const float4 box = found.box[i];
      const float4 constants = found.shape[i];
      const Shape shape = {constants.x, constants.y, constants.z};
      const float dy = y - box.y;
      const Row row = make_row(shape, dy);
      const bool inside_y = is_inside(dy, box.w);
      bool inside[kPixels];
      float w[kPixels];
#pragma unroll
      for (int p = 0; p < kPixels; ++p) {
        const float dx = x[p] - box.x;
        inside[p] = inside_y && is_inside(dx, box.z);
        w[p] = weight(row, along_row(shape, row, dx));
      }
#pragma unroll
      for (int group = 0; group < C / 2 / kGroup; ++group) {
        const Values<kGroup> f =
            load_values<kGroup>(found.features + i * C + (2 * group + half) * kGroup);
#pragma unroll
        for (int p = 0; p < kPixels; ++p) {
          if (!inside[p]) continue;
#pragma unroll
          for (int k = 0; k < kGroup; ++k) {
            float& channel = sum[p][group * kGroup + k];
            channel = fmaf(w[p], f.at[k], channel);
          }
        }
      }
    }
  }
}

// The first `count` values, all at once where they may be stored as a vector (then count is N or
// more, or not positive).
template <int N, class T>
__device__ __forceinline__ void store_first(T* target, const Values<N>& values, int count,
                                            bool as_vector) {
  if (count <= 0) return;
  if (as_vector) return store_values(target, values);
#pragma unroll
  for (int i = 0; i < N; ++i) {
    if (i < count) store_values(target + i, Values<1>{{values.at[i]}});
  }
}

// Writes a lane's pixels of one picture; `channel` is that of sum[.][0].
template <int C, int kGroup, MapOrder order, class T>
__device__ __forceinline__ void store_pixels(const SplatView& view, int column, int row,
                                             int channel, const float (&sum)[kPixels][C / 2],
                                             T* __restrict__ map /* of the picture */) {
  if (row >= view.rows.pixels) return;
  const int width = view.columns.pixels, plane = view.rows.pixels * width;
  const int pixel = row * width + column;
#pragma unroll
  for (int group = 0; group < C / 2 / kGroup; ++group) {
    const int first = channel + 2 * group * kGroup;
    if constexpr (order == MapOrder::nhwc) {
#pragma unroll
      for (int p = 0; p < kPixels; ++p) {
        constexpr int kStep = LaneLayout<order>::kStep;
        Values<kGroup> values;
#pragma unroll
        for (int k = 0; k < kGroup; ++k) values.at[k] = sum[p][group * kGroup + k];
        store_first(map + (pixel + p * kStep) * view.channels + first, values,
                    column + p * kStep < width ? view.channels - first : 0, view.vectors);
      }
    } else {
#pragma unroll
      for (int k = 0; k < kGroup; ++k) {
        Values<kPixels> values;
#pragma unroll
        for (int p = 0; p < kPixels; ++p) values.at[p] = sum[p][group * kGroup + k];
        store_first(map + (first + k) * plane + pixel, values,
                    first + k < view.channels ? width - column : 0, view.vectors);
      }
    }
  }
}

// A block is a picture, a square region of its canvas and C channels. It tests the boxes of all
// tokens against the region, keeps those that touch it and then lets each warp sum subtiles of 64
// pixels in registers. c = 21 runs as 24, other numbers as chunks of 16, 24 or 32 (blockIdx.y).
// Bytes: 20 of each token a region, and 4 (5 + c) more of a token that touches it, through L2;
// sizeof(T) c a pixel, written once. Per pixel and token whose box touches its subtile: C
// multiply-adds (none outside the box), 2 exponentials (each lane of a pair makes the weight).
template <int C, MapOrder order, class T>
__global__ void __launch_bounds__(kThreads, C <= 16 ? 5 : 4)
    splat_forward_kernel(SplatView view, T* __restrict__ map /* [B, c, H, W] or [B, H, W, c] */) {
  GPST_SHARED(int, token, kCapacity);
  GPST_SHARED(float4, box, kCapacity);
  GPST_SHARED(float4, shape, kCapacity);
  GPST_SHARED(float4, features, kCapacity * C / 4);
  GPST_SHARED(int, counts, kWarps);
  GPST_SHARED(int, resume, 1);
  const Survivors<C> found = {token,  box,   shape, reinterpret_cast<float*>(features),
                              counts, resume};
  constexpr int kGroup = kGroupOf<C, T>;
  using Layout = LaneLayout<order>;

  const int lane = static_cast<int>(threadIdx.x) % kWarp,
            warp = static_cast<int>(threadIdx.x) / kWarp;
  const int block = static_cast<int>(blockIdx.x);
  const int picture = block / (view.regions_x * view.regions_y);
  const int region = block % (view.regions_x * view.regions_y);
  const int left = region % view.regions_x * view.side, top = region / view.regions_x * view.side;
  const int first_channel = static_cast<int>(blockIdx.y) * C;
  const float* tokens =
      view.tokens + static_cast<int64_t>(picture) * view.tokens_of_picture * view.columns_of_token;
  map += static_cast<int64_t>(picture) * view.channels * view.rows.pixels * view.columns.pixels;
  const Edges whole = edges_of(view, left, top, view.side, view.side);
  const Layout layout(lane);
  const int subtiles_x = view.side / Layout::kWidth, subtiles = view.side * view.side / kSubtile;

  int count = 0;
  bool holds_all = false;  // every survivor of the region is in shared memory
  for (int pass = 0; pass < subtiles / kWarps; ++pass) {
    const int subtile = pass * kWarps + warp;
    const int column = left + subtile % subtiles_x * Layout::kWidth;
    const int row = top + subtile / subtiles_x * Layout::kHeight;
    const Edges area = edges_of(view, column, row, Layout::kWidth, Layout::kHeight);
    const float y = view.rows.coordinate(row + layout.row);
    float x[kPixels];
#pragma unroll
    for (int p = 0; p < kPixels; ++p) {
      x[p] = view.columns.coordinate(column + layout.column + p * Layout::kStep);
    }
    float sum[kPixels][C / 2] = {};
    int tested = 0;
    do {
      if (!holds_all) {
        const int from = tested;
        tested = find_survivors(view, tokens, from, whole, found, count);
        prepare_survivors(view, tokens, first_channel, found, count);
        holds_all = from == 0 && tested >= view.tokens_of_picture;
      }
      add_survivors<C, kGroup>(found, count, area, x, y, layout.half, sum);
    } while (!holds_all && tested < view.tokens_of_picture);
    store_pixels<C, kGroup, order>(view, column + layout.column, row + layout.row,
                                   first_channel + layout.half * kGroup, sum, map);
  }
}

// Regions of 32 x 32 pixels test each token four times less often, but only pay with many tokens
// and when enough of them remain to fill a GPU.
int region_side(const SplatShape& shape) {
  if (shape.region == 16 || shape.region == 32) return static_cast<int>(shape.region);
  constexpr int64_t kManyTokens = 1024, kManyBlocks = 512;
  const int64_t blocks =
      shape.pictures * div_up(shape.height, int64_t{32}) * div_up(shape.width, int64_t{32});
  return shape.tokens_of_picture() >= kManyTokens && blocks >= kManyBlocks ? 32 : 16;
}

template <int C, MapOrder order, class T>
void launch_forward(const SplatShape& shape, const float* tokens, T* map, Stream stream) {
  const int side = region_side(shape);
  SplatView view = {};
  view.tokens = tokens;
  view.merge = make_tile_merge(shape.tiles, shape.tokens);
  view.columns = make_axis(shape.width);
  view.rows = make_axis(shape.height);
  view.dmax = static_cast<float>(shape.dmax);
  view.columns_of_token = static_cast<int>(kGeometry + shape.channels);
  view.tokens_of_picture = static_cast<int>(shape.tokens_of_picture());
  view.channels = static_cast<int>(shape.channels);
  view.side = side;
  view.regions_x = static_cast<int>(div_up(shape.width, int64_t{side}));
  view.regions_y = static_cast<int>(div_up(shape.height, int64_t{side}));
  view.vectors = order == MapOrder::nhwc
                     ? shape.channels % kGroupOf<C, T> == 0 && is_aligned<kGroupOf<C, T>>(map)
                     : shape.width % kPixels == 0 && is_aligned<kPixels>(map);
  const dim3 grid(static_cast<unsigned>(shape.pictures * view.regions_x * view.regions_y),
                  static_cast<unsigned>(div_up(shape.channels, int64_t{C})));
  launch("splat_forward", splat_forward_kernel<C, order, T>, grid, dim3(kThreads), 0, stream, view,
         map);
}

template <MapOrder order, class T>
void forward(const SplatShape& shape, const float* tokens, T* map, Stream stream) {
  check_splat_shape("splat_forward", shape);
  if (shape.pictures == 0) return;
  // Any number of channels: as few chunks of at most 32 as possible, each as small as fits.
  const int64_t chunk = div_up(shape.channels, div_up(shape.channels, int64_t{32}));
  if (chunk <= 16) return launch_forward<16, order>(shape, tokens, map, stream);
  if (chunk <= 24) return launch_forward<24, order>(shape, tokens, map, stream);
  launch_forward<32, order>(shape, tokens, map, stream);
}

}  // namespace

void splat_forward(const SplatShape& shape, MapOrder order, const float* tokens, float* map,
                   Stream stream) {
  order == MapOrder::nhwc ? forward<MapOrder::nhwc>(shape, tokens, map, stream)
                          : forward<MapOrder::nchw>(shape, tokens, map, stream);
}

void splat_forward(const SplatShape& shape, MapOrder order, const float* tokens, Bf16* map,
                   Stream stream) {
  order == MapOrder::nhwc ? forward<MapOrder::nhwc>(shape, tokens, map, stream)
                          : forward<MapOrder::nchw>(shape, tokens, map, stream);
}

}  // namespace gpst::cuda
