#include "cuda/splat_forward.h"

#include "cuda/gaussian.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * kWarp;
constexpr int kTests = 4;       // tokens a lane tests before the block agrees on the survivors
constexpr int kCapacity = 128;  // survivors held in shared memory; with more, several rounds
constexpr int kPixels = 4;      // of a lane, in one row
constexpr int kSubtile = 64;  // pixels of a warp at a time: 16 lanes x 4, twice (two lanes a pixel)

struct SplatView {
  const float* tokens;  // [B*n*n, l, 5+c]
  TileMerge merge;
  Axis columns, rows;
  float dmax;
  int columns_of_token;   // 5+c
  int tokens_of_picture;  // n*n*l
  int channels;           // c
  int side;               // of a block's region, in pixels
  int regions_x, regions_y;
  bool vectors;  // whether whole groups of channels or pixels may be stored as vectors
};

// Coordinates of the first and last pixels of a rectangle.
struct Edges {
  float left, top, right, bottom;
};

__device__ __forceinline__ Edges edges_of(const SplatView& view, int column, int row, int width,
                                          int height) {
  return {view.columns.coordinate(column), view.rows.coordinate(row),
          view.columns.coordinate(column + width - 1), view.rows.coordinate(row + height - 1)};
}

// Survivors of a region in the order of the tokens.
template <int C>
struct Survivors {
  int* token;       // [kCapacity]
  float4* box;      // [kCapacity] x, y, limit_x, limit_y
  float4* shape;    // [kCapacity] slope, inverse_y, rho_c, unused
  float* features;  // [kCapacity, C], 0 behind the last channel
  int* counts;      // [kWarps]
  int* resume;      // [1]
};

// Which pixels and channels a lane has. Two neighbouring lanes have the same four pixels of one row
// and every other group of kGroup channels, so that their stores fill whole sectors of 32 bytes.
// nhwc: a subtile of 8 x 8 pixels, a lane's are 2 apart, so that a store covers neighbours; nchw:
// 16 x 4, a lane's are next to each other and become one vector.
template <int C, MapOrder order>
struct LaneLayout {
  static constexpr int kAcross = order == MapOrder::nhwc ? 2 : 4;  // lanes (pairs) of a row
  static constexpr int kWidth = kAcross * kPixels, kHeight = kSubtile / kWidth;
  int half, column, row;  // within the subtile

  __device__ __forceinline__ explicit LaneLayout(int lane)
      : half(lane % 2),
        column(lane / 2 % kAcross * (order == MapOrder::nhwc ? 1 : kPixels)),
        row(lane / 2 / kAcross) {}
  static __device__ __forceinline__ int step() { return order == MapOrder::nhwc ? kAcross : 1; }
};

// Tests tokens from `first` on until all are tested or the capacity is reached; returns where to go
// on. The block's threads leave together, with the list complete.
template <int C>
__device__ __forceinline__ int find_survivors(const SplatView& view, const float* tokens, int first,
                                              const Edges& region, const Survivors<C>& found,
                                              int& count) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp,
            warp = static_cast<int>(threadIdx.x) / kWarp;
  count = 0;
  int next = first;
  while (next < view.tokens_of_picture && count < kCapacity) {
    const int base = next + warp * (kTests * kWarp) + lane;
    bool survives[kTests];
    unsigned masks[kTests];
    int of_warp = 0;
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      const int token = min(base + k * kWarp, view.tokens_of_picture - 1);
      const Geometry g =
          view.merge.on_canvas(load_geometry(tokens + token * view.columns_of_token), token);
      const Box box = g.box(view.dmax);
      survives[k] = base + k * kWarp < view.tokens_of_picture && g.has_extent() &&
                    touches(region.left, region.right, box.x, box.limit_x) &&
                    touches(region.top, region.bottom, box.y, box.limit_y);
    }
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      masks[k] = __ballot_sync(kFullMask, survives[k]);
      of_warp += __popc(masks[k]);
    }
    if (lane == 0) found.counts[warp] = of_warp;
    __syncthreads();
    int position = count, total = count;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      if (w < warp) position += found.counts[w];
      total += found.counts[w];
    }
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      const int own = position + __popc(masks[k] & ((1u << lane) - 1));
      if (survives[k] && own < kCapacity) found.token[own] = base + k * kWarp;
      if (survives[k] && own == kCapacity) *found.resume = base + k * kWarp;
      position += __popc(masks[k]);
    }
    __syncthreads();
    const bool overflows = total > kCapacity;
    next = overflows ? *found.resume : next + kWarps * kTests * kWarp;
    count = overflows ? kCapacity : total;
  }
  return next;
}

// Constants and features of the survivors, once a block.
template <int C>
__device__ __forceinline__ void prepare_survivors(const SplatView& view, const float* tokens,
                                                  int first_channel, const Survivors<C>& found,
                                                  int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
    const int token = found.token[i];
    const Geometry g =
        view.merge.on_canvas(load_geometry(tokens + token * view.columns_of_token), token);
    const Box box = g.box(view.dmax);
    const Shape shape = g.shape();
    found.box[i] = make_float4(box.x, box.y, box.limit_x, box.limit_y);
    found.shape[i] = make_float4(shape.slope, shape.inverse_y, shape.rho_c, 0.0f);
  }
  for (int i = static_cast<int>(threadIdx.x); i < count * C; i += kThreads) {
    const int channel = first_channel + i % C;
    found.features[i] = channel < view.channels
                            ? tokens[found.token[i / C] * view.columns_of_token +
                                     static_cast<int>(kGeometry) + channel]
                            : 0.0f;
  }
  __syncthreads();
}

// Channels of a group: 16 bytes of the map where the number of channels allows.
template <int C, class T>
constexpr int kGroupOf = C % (2 * 16 / sizeof(T)) == 0 ? 16 / static_cast<int>(sizeof(T)) : 4;

// Adds survivors that touch the subtile to a lane's pixels. Per survivor and warp (64 pixels) with
// C = 16: 32 multiply-adds, 4 exponentials and about 30 other instructions a lane, 4 reads of 16
// bytes of shared memory.
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

// Writes a lane's pixels of one picture; `channel` is that of sum[.][0].
template <int C, int kGroup, MapOrder order, class T>
__device__ __forceinline__ void store_pixels(const SplatView& view, int column, int row,
                                             int channel, const float (&sum)[kPixels][C / 2],
                                             T* __restrict__ map /* of the picture */) {
  if (row >= view.rows.pixels) return;
  const int pixel = row * view.columns.pixels + column;
  const int plane = view.rows.pixels * view.columns.pixels;
  constexpr int kStep = LaneLayout<C, order>::kAcross;
#pragma unroll
  for (int group = 0; group < C / 2 / kGroup; ++group) {
    const int first = channel + 2 * group * kGroup;
    if constexpr (order == MapOrder::nhwc) {
#pragma unroll
      for (int p = 0; p < kPixels; ++p) {
        if (column + p * kStep >= view.columns.pixels || first >= view.channels) continue;
        T* target = map + (pixel + p * kStep) * view.channels + first;
        if (view.vectors) {
          Values<kGroup> values;
#pragma unroll
          for (int k = 0; k < kGroup; ++k) values.at[k] = sum[p][group * kGroup + k];
          store_values(target, values);
          continue;
        }
#pragma unroll
        for (int k = 0; k < kGroup; ++k) {
          if (first + k < view.channels)
            store_values(target + k, Values<1>{{sum[p][group * kGroup + k]}});
        }
      }
    } else {
#pragma unroll
      for (int k = 0; k < kGroup; ++k) {
        if (first + k >= view.channels) continue;
        T* target = map + (first + k) * plane + pixel;
        if (view.vectors && column < view.columns.pixels) {
          Values<kPixels> values;
#pragma unroll
          for (int p = 0; p < kPixels; ++p) values.at[p] = sum[p][group * kGroup + k];
          store_values(target, values);
          continue;
        }
#pragma unroll
        for (int p = 0; p < kPixels; ++p) {
          if (column + p < view.columns.pixels)
            store_values(target + p, Values<1>{{sum[p][group * kGroup + k]}});
        }
      }
    }
  }
}

// A block is a picture, a square region of its canvas and C channels. It tests the boxes of all
// tokens against the region, keeps those that touch it and then lets each warp sum subtiles of 64
// pixels in registers. Bytes: 20 of each token a region, read through L2 (5 tests a token and
// lane); 4 (5 + c) of each survivor a region; sizeof(T) c a pixel written once.
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
  using Layout = LaneLayout<C, order>;

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
      x[p] = view.columns.coordinate(column + layout.column + p * Layout::step());
    }
    float sum[kPixels][C / 2] = {};
    int tested = 0;
    do {
      if (!holds_all) {
        const int from = tested;
        if (pass != 0 || from != 0) __syncthreads();  // the list is no longer read
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
