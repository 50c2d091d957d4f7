// Group norm and tile norm with SiLU, forward and backward, in plain double loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/norm_silu.h"

namespace gpst::cuda {

// Weights [size, n] of the bicubic enlargement (a = -0.75, half-pixel centres, borders replicated).
inline std::vector<double> plain_bicubic(int64_t n, int64_t size) {
  const auto cubic = [](double d) {
    const double a = -0.75;
    d = std::abs(d);
    if (d <= 1) return (a + 2) * d * d * d - (a + 3) * d * d + 1;
    return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0.0;
  };
  std::vector<double> weights(static_cast<size_t>(n * size), 0.0);
  for (int64_t i = 0; i < size; ++i) {
    const double source =
        (static_cast<double>(i) + 0.5) * static_cast<double>(n) / static_cast<double>(size) - 0.5;
    for (int64_t node = -2; node < n + 2; ++node) {
      weights[static_cast<size_t>(i * n + std::clamp<int64_t>(node, 0, n - 1))] +=
          cubic(source - static_cast<double>(node));
    }
  }
  return weights;
}

struct PlainNorm {
  std::vector<double> statistics;  // [B, groups, n*n, 2]
  std::vector<double> y;           // [B, H, W, C]
  std::vector<double> grad_x;      // [B, H, W, C]; this and the next only with a gradient of y
  std::vector<double> grad_weight, grad_bias;  // [C]
};

// Everything of one norm. Elements are computed pixel by pixel from the definition; the gradient is
// its reverse, step by step.
class PlainNormOf {
 public:
  PlainNormOf(const NormShape& shape, const std::vector<float>& x, const std::vector<float>& weight,
              const std::vector<float>& bias, const std::vector<float>& grad)
      : s_(shape), x_(x), weight_(weight), bias_(bias), grad_(grad) {
    rows_ = plain_bicubic(s_.tiles, s_.height);
    columns_ = plain_bicubic(s_.tiles, s_.width);
  }

  PlainNorm run() {
    const auto values = static_cast<size_t>(s_.pictures * s_.pixels() * s_.channels);
    result_.y.resize(values);
    result_.statistics.resize(static_cast<size_t>(s_.pictures * s_.groups * s_.grid() * 2));
    result_.grad_x.resize(grad_.empty() ? 0 : values);
    result_.grad_weight.resize(static_cast<size_t>(s_.channels));
    result_.grad_bias.resize(static_cast<size_t>(s_.channels));
    for (int64_t b = 0; b < s_.pictures; ++b) {
      for (int64_t g = 0; g < s_.groups; ++g) group(b, g);
    }
    return std::move(result_);
  }

 private:
  // f(tile row, tile column, weight) for all tiles.
  template <class F>
  void for_tiles(int64_t pixel, F&& f) const {
    for (int64_t t = 0; t < s_.grid(); ++t) {
      const int64_t ty = t / s_.tiles, tx = t % s_.tiles;
      f(t, rows_[static_cast<size_t>(pixel / s_.width * s_.tiles + ty)] *
               columns_[static_cast<size_t>(pixel % s_.width * s_.tiles + tx)]);
    }
  }
  int64_t tile_of(int64_t pixel) const {
    return pixel / s_.width / (s_.height / s_.tiles) * s_.tiles +
           pixel % s_.width / (s_.width / s_.tiles);
  }
  // f(place of the element, pixel, channel) for the elements of a group.
  template <class F>
  void for_group(int64_t b, int64_t g, F&& f) const {
    for (int64_t pixel = 0; pixel < s_.pixels(); ++pixel) {
      for (int64_t c = g * s_.group_channels(); c < (g + 1) * s_.group_channels(); ++c) {
        f(static_cast<size_t>((b * s_.pixels() + pixel) * s_.channels + c), pixel,
          static_cast<size_t>(c));
      }
    }
  }

  void group(int64_t b, int64_t g) {
    const auto tiles = static_cast<size_t>(s_.grid());
    const double count =
        static_cast<double>(s_.pixels() / s_.grid()) * static_cast<double>(s_.group_channels());
    std::vector<double> mean(tiles), deviation(tiles), d_mean(tiles), d_deviation(tiles);
    for_group(b, g, [&](size_t at, int64_t pixel, size_t) {
      mean[static_cast<size_t>(tile_of(pixel))] += x_[at] / count;
    });
    for_group(b, g, [&](size_t at, int64_t pixel, size_t) {
      const auto tile = static_cast<size_t>(tile_of(pixel));
      deviation[tile] += (x_[at] - mean[tile]) * (x_[at] - mean[tile]) / count;
    });
    for (double& d : deviation) d = std::sqrt(d);
    for (size_t t = 0; t < tiles; ++t) {
      const size_t at = 2 * (static_cast<size_t>(b * s_.groups + g) * tiles + t);
      result_.statistics[at] = mean[t];
      result_.statistics[at + 1] = deviation[t];
    }
    for_group(b, g, [&](size_t at, int64_t pixel, size_t c) {
      double m = 0, d = 0;
      for_tiles(pixel, [&](int64_t t, double share) {
        m += share * mean[static_cast<size_t>(t)];
        d += share * deviation[static_cast<size_t>(t)];
      });
      const bool tile_norm = s_.kind == NormKind::tile;
      const double scale = tile_norm ? 1 / (d + s_.eps) : 1 / std::sqrt(d * d + s_.eps);
      const double normal = (x_[at] - m) * scale;
      const double z = normal * weight_[c] + bias_[c];
      const bool silu = s_.activation == Activation::silu;
      const double sigmoid = 1 / (1 + std::exp(-z));
      result_.y[at] = silu ? z * sigmoid : z;
      if (grad_.empty()) return;
      const double dz = silu ? grad_[at] * sigmoid * (1 + z * (1 - sigmoid)) : grad_[at];
      result_.grad_weight[c] += dz * normal;
      result_.grad_bias[c] += dz;
      const double d_normal = dz * weight_[c];
      result_.grad_x[at] += d_normal * scale;
      const double d_scale = d_normal * (x_[at] - m);
      const double dd = d_scale * (tile_norm ? -scale * scale : -d * scale * scale * scale);
      for_tiles(pixel, [&](int64_t t, double share) {
        d_mean[static_cast<size_t>(t)] -= share * d_normal * scale;
        d_deviation[static_cast<size_t>(t)] += share * dd;
      });
    });
    if (grad_.empty()) return;
    for_group(b, g, [&](size_t at, int64_t pixel, size_t) {
      const auto t = static_cast<size_t>(tile_of(pixel));
      result_.grad_x[at] += d_mean[t] / count;
      if (deviation[t] != 0) {
        result_.grad_x[at] += d_deviation[t] * (x_[at] - mean[t]) / (count * deviation[t]);
      }
    });
  }

  NormShape s_;
  const std::vector<float>& x_;
  const std::vector<float>& weight_;
  const std::vector<float>& bias_;
  const std::vector<float>& grad_;
  std::vector<double> rows_, columns_;  // [H, n], [W, n]
  PlainNorm result_;
};

inline PlainNorm plain_norm(const NormShape& shape, const std::vector<float>& x,
                            const std::vector<float>& weight, const std::vector<float>& bias,
                            const std::vector<float>& grad = {}) {
  return PlainNormOf(shape, x, weight, bias, grad).run();
}

}  // namespace gpst::cuda
