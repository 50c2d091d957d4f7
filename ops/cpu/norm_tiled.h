// The tile norm of several tiles: mean and deviation are maps, enlarged from the tiles' statistics.
// The maps are made row by row, M = sum over tiles of rows[y, ty] m[ty, tx] columns[tx, x].
#pragma once

#include "ops/cpu/arena.h"
#include "ops/cpu/norm_element.h"
#include "ops/cpu/statistics.h"

namespace gpst::cpu {
namespace {

template <class T>
struct TiledWorkspace {
  T* mean;              // [W] of the current row
  T* scale;             // [W]
  T* grad_mean;         // [W] sums over the channels
  T* grad_deviation;    // [W]
  double* d_mean;       // [n*n]
  double* d_deviation;  // [n*n]
  size_t bytes;
};

template <class T>
TiledWorkspace<T> lay_out_tiled(const NormShape& shape, std::byte* memory) {
  Arena arena(memory);
  TiledWorkspace<T> w{};
  w.mean = arena.take<T>(shape.width);
  w.scale = arena.take<T>(shape.width);
  w.grad_mean = arena.take<T>(shape.width);
  w.grad_deviation = arena.take<T>(shape.width);
  w.d_mean = arena.take<double>(shape.tiles * shape.tiles);
  w.d_deviation = arena.take<double>(shape.tiles * shape.tiles);
  w.bytes = arena.used();
  return w;
}

// Calls f(tile, first element of the segment, length) for each row of each tile of each channel.
template <class F>
GPST_INLINE void for_segments(const NormShape& shape, F&& f) {
  const int64_t n = shape.tiles;
  const int64_t tile_height = shape.height / n, tile_width = shape.width / n;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t tx = 0; tx < n; ++tx) {
        f(y / tile_height * n + tx, (c * shape.height + y) * shape.width + tx * tile_width,
          tile_width);
      }
    }
  }
}

template <class T>
void tile_statistics(const NormShape& shape, const T* x, NormStatistics* statistics) {
  const int64_t n = shape.tiles;
  const int64_t tile_height = shape.height / n, tile_width = shape.width / n;
  for (int64_t tile = 0; tile < n * n; ++tile) {
    Moments moments;
    const T* corner = x + tile / n * tile_height * shape.width + tile % n * tile_width;
    for (int64_t c = 0; c < shape.channels; ++c) {
      for (int64_t y = 0; y < tile_height; ++y) {
        add_moments(corner + (c * shape.height + y) * shape.width, tile_width, moments);
      }
    }
    statistics[tile] = {moments.mean, __builtin_sqrt(moments.squares / moments.count)};
  }
}

// Row y of the enlarged maps: mean and scale = 1 / (deviation + eps).
template <class T>
void enlarge_row(const NormShape& shape, const Enlargement<T>& enlargement,
                 const NormStatistics* statistics, int64_t y, const TiledWorkspace<T>& w) {
  const int64_t n = shape.tiles;
  for (int64_t tx = 0; tx < n; ++tx) {
    double mean = 0, deviation = 0;
    for (int64_t ty = 0; ty < n; ++ty) {
      const double weight = enlargement.rows[y * n + ty];
      mean += weight * statistics[ty * n + tx].mean;
      deviation += weight * statistics[ty * n + tx].deviation;
    }
    const T* columns = enlargement.columns + tx * shape.width;
    const T m = static_cast<T>(mean), s = static_cast<T>(deviation);
    for_lanes<T>(shape.width, [&](int64_t i, auto lanes) {
      const Vec<T> old_mean = tx == 0 ? Vec<T>{} : load(w.mean + i, lanes);
      const Vec<T> old_deviation =
          tx == 0 ? broadcast(static_cast<T>(shape.eps)) : load(w.scale + i, lanes);
      store(w.mean + i, old_mean + load(columns + i, lanes) * m, lanes);
      store(w.scale + i, old_deviation + load(columns + i, lanes) * s, lanes);
    });
  }
  for_lanes<T>(shape.width, [&](int64_t i, auto lanes) {
    store(w.scale + i, T(1) / load(w.scale + i, lanes), lanes);
  });
}

template <Activation activation, class T>
void tiled_forward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                   const T* weight, const T* bias, std::byte* workspace, NormStatistics* statistics,
                   T* y) {
  const TiledWorkspace<T> w = lay_out_tiled<T>(shape, workspace);
  tile_statistics(shape, x, statistics);
  for (int64_t row = 0; row < shape.height; ++row) {
    enlarge_row(shape, enlargement, statistics, row, w);
    for (int64_t c = 0; c < shape.channels; ++c) {
      const int64_t at = (c * shape.height + row) * shape.width;
      for_lanes<T>(shape.width, [&](int64_t i, auto lanes) {
        const Vec<T> normalised =
            (load(x + at + i, lanes) - load(w.mean + i, lanes)) * load(w.scale + i, lanes);
        store(y + at + i, activate<activation, T>(normalised * weight[c] + bias[c]), lanes);
      });
    }
  }
}

// The gradient of a row: the direct part of grad_x, the channels' sums, and grad_mean,
// grad_deviation with respect to the maps.
template <Activation activation, class T>
void row_backward(const NormShape& shape, const T* x, const T* weight, const T* bias,
                  const T* grad_y, int64_t row, const TiledWorkspace<T>& w,
                  const NormGradients<T>& gradients) {
  for (int64_t i = 0; i < shape.width; ++i) w.grad_mean[i] = w.grad_deviation[i] = 0;
  for (int64_t c = 0; c < shape.channels; ++c) {
    const int64_t at = (c * shape.height + row) * shape.width;
    Vec<T> sum_bias{}, sum_weight{};
    for_lanes<T>(shape.width, [&](int64_t i, auto lanes) {
      const Vec<T> scale = load(w.scale + i, lanes);
      const Vec<T> normalised = (load(x + at + i, lanes) - load(w.mean + i, lanes)) * scale;
      const Vec<T> g = activate_gradient<activation, T>(normalised * weight[c] + bias[c],
                                                        load(grad_y + at + i, lanes));
      const Vec<T> direct = g * weight[c] * scale;
      sum_bias += g;
      sum_weight += g * normalised;
      store(gradients.x + at + i, direct, lanes);
      store(w.grad_mean + i, load(w.grad_mean + i, lanes) - direct, lanes);
      store(w.grad_deviation + i, load(w.grad_deviation + i, lanes) - direct * normalised, lanes);
    });
    gradients.bias[c] += sum<T>(sum_bias);
    gradients.weight[c] += sum<T>(sum_weight);
  }
}

// Adds a row of map gradients to the tiles' statistics they were enlarged from.
template <class T>
void reduce_row(const NormShape& shape, const Enlargement<T>& enlargement, int64_t y,
                const TiledWorkspace<T>& w) {
  const int64_t n = shape.tiles;
  for (int64_t tx = 0; tx < n; ++tx) {
    const T* columns = enlargement.columns + tx * shape.width;
    Vec<T> mean{}, deviation{};
    for_lanes<T>(shape.width, [&](int64_t i, auto lanes) {
      mean += load(columns + i, lanes) * load(w.grad_mean + i, lanes);
      deviation += load(columns + i, lanes) * load(w.grad_deviation + i, lanes);
    });
    const double sum_mean = sum<T>(mean), sum_deviation = sum<T>(deviation);
    for (int64_t ty = 0; ty < n; ++ty) {
      w.d_mean[ty * n + tx] += enlargement.rows[y * n + ty] * sum_mean;
      w.d_deviation[ty * n + tx] += enlargement.rows[y * n + ty] * sum_deviation;
    }
  }
}

template <Activation activation, class T>
void tiled_backward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                    const T* weight, const T* bias, const NormStatistics* statistics,
                    const T* grad_y, std::byte* workspace, const NormGradients<T>& gradients) {
  const TiledWorkspace<T> w = lay_out_tiled<T>(shape, workspace);
  const int64_t tiles = shape.tiles * shape.tiles;
  for (int64_t c = 0; c < shape.channels; ++c) gradients.bias[c] = gradients.weight[c] = 0;
  for (int64_t tile = 0; tile < tiles; ++tile) w.d_mean[tile] = w.d_deviation[tile] = 0;
  for (int64_t row = 0; row < shape.height; ++row) {
    enlarge_row(shape, enlargement, statistics, row, w);
    row_backward<activation, T>(shape, x, weight, bias, grad_y, row, w, gradients);
    reduce_row(shape, enlargement, row, w);
  }
  const double count = double(shape.channels * shape.height * shape.width) / double(tiles);
  for_segments(shape, [&](int64_t tile, int64_t at, int64_t length) {
    const StatisticsGradient pass =
        spread(w.d_mean[tile], w.d_deviation[tile], statistics[tile].deviation, count);
    const T mean = static_cast<T>(statistics[tile].mean);
    const T constant = static_cast<T>(pass.constant), slope = static_cast<T>(pass.slope);
    for_lanes<T>(length, [&](int64_t i, auto lanes) {
      const Vec<T> d = load(x + at + i, lanes) - mean;
      T* grad = gradients.x + at + i;
      store(grad, load(grad, lanes) + (d * slope + constant), lanes);
    });
  });
}

}  // namespace
}  // namespace gpst::cpu
