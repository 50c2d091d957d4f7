// Compiled once per SimdLevel: one statistic for the whole group. The case of several tiles is in
// norm_tiled.h.
#include "ops/cpu/norm_kernel.h"

#include "ops/cpu/norm_element.h"
#include "ops/cpu/norm_tiled.h"
#include "ops/cpu/statistics.h"

namespace gpst::cpu {
namespace {

template <Activation activation, class T>
void whole_forward(const NormShape& shape, const T* x, const T* weight, const T* bias,
                   NormStatistics* statistics, T* y) {
  const int64_t plane = shape.height * shape.width;
  Moments moments;
  add_moments(x, shape.channels * plane, moments);
  *statistics = {moments.mean, __builtin_sqrt(moments.squares / moments.count)};
  const double scale = scale_of(shape.kind, statistics->deviation, shape.eps);
  const T mean = static_cast<T>(statistics->mean);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const T* source = x + c * plane;
    T* target = y + c * plane;
    const T slope = static_cast<T>(scale * weight[c]);
    for_lanes<T>(plane, [&](int64_t i, auto lanes) {
      const Vec<T> z = (load(source + i, lanes) - mean) * slope + bias[c];
      store(target + i, activate<activation, T>(z), lanes);
    });
  }
}

struct ChannelSums {
  double bias = 0;    // sum of the gradient of z
  double weight = 0;  // sum of it times (x - mean) * scale
};

// Writes the gradient of z where y's was read, so that the exponential is taken once.
template <Activation activation, class T>
ChannelSums channel_gradient(const T* x, T mean, T scale, T weight, T bias, const T* grad_y,
                             int64_t count, T* grad_z) {
  ChannelSums sums;
  for (int64_t start = 0; start < count; start += kPiece) {
    Vec<T> sum_bias{}, sum_weight{};
    for_lanes<T>(smaller(kPiece, count - start), [&](int64_t offset, auto lanes) {
      const int64_t i = start + offset;
      const Vec<T> normalised = (load(x + i, lanes) - mean) * scale;
      const Vec<T> g =
          activate_gradient<activation, T>(normalised * weight + bias, load(grad_y + i, lanes));
      store(grad_z + i, g, lanes);
      // Lanes that do not count have grad_y = 0, hence g = 0.
      sum_bias += g;
      sum_weight += g * normalised;
    });
    sums.bias += sum<T>(sum_bias);
    sums.weight += sum<T>(sum_weight);
  }
  return sums;
}

template <Activation activation, class T>
void whole_backward(const NormShape& shape, const T* x, const T* weight, const T* bias,
                    const NormStatistics& statistics, const T* grad_y,
                    const NormGradients<T>& gradients) {
  const int64_t plane = shape.height * shape.width;
  const double scale = scale_of(shape.kind, statistics.deviation, shape.eps);
  const T mean = static_cast<T>(statistics.mean);
  double sum_bias = 0, sum_weight = 0;
  for (int64_t c = 0; c < shape.channels; ++c) {
    const ChannelSums sums = channel_gradient<activation, T>(
        x + c * plane, mean, static_cast<T>(scale), weight[c], bias[c], grad_y + c * plane, plane,
        gradients.x + c * plane);
    gradients.bias[c] = sums.bias;
    gradients.weight[c] = sums.weight;
    sum_bias += weight[c] * sums.bias;
    sum_weight += weight[c] * sums.weight;
  }
  // sum_weight holds (x - mean) * scale; the derivative of the scale needs (x - mean).
  const double d_deviation =
      scale_gradient(shape.kind, statistics.deviation, scale) * sum_weight / scale;
  const StatisticsGradient pass =
      spread(-scale * sum_bias, d_deviation, statistics.deviation, double(shape.channels * plane));
  const T constant = static_cast<T>(pass.constant), slope = static_cast<T>(pass.slope);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const T direct = static_cast<T>(scale * weight[c]);
    const T* source = x + c * plane;
    T* grad = gradients.x + c * plane;
    for_lanes<T>(plane, [&](int64_t i, auto lanes) {
      const Vec<T> d = load(source + i, lanes) - mean;
      store(grad + i, load(grad + i, lanes) * direct + (d * slope + constant), lanes);
    });
  }
}

}  // namespace

template <SimdLevel level, class T>
size_t norm_workspace_bytes(const NormShape& shape) {
  return lay_out_tiled<T>(shape, nullptr).bytes;
}

template <SimdLevel level, class T>
void norm_forward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                  const T* weight, const T* bias, std::byte* workspace, NormStatistics* statistics,
                  T* y) {
  const bool silu = shape.activation == Activation::silu;
  if (shape.tiles == 1) {
    const auto run = silu ? whole_forward<Activation::silu, T> : whole_forward<Activation::none, T>;
    run(shape, x, weight, bias, statistics, y);
  } else {
    const auto run = silu ? tiled_forward<Activation::silu, T> : tiled_forward<Activation::none, T>;
    run(shape, enlargement, x, weight, bias, workspace, statistics, y);
  }
}

template <SimdLevel level, class T>
void norm_backward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                   const T* weight, const T* bias, const NormStatistics* statistics,
                   const T* grad_y, std::byte* workspace, const NormGradients<T>& gradients) {
  const bool silu = shape.activation == Activation::silu;
  if (shape.tiles == 1) {
    const auto run =
        silu ? whole_backward<Activation::silu, T> : whole_backward<Activation::none, T>;
    run(shape, x, weight, bias, *statistics, grad_y, gradients);
  } else {
    const auto run =
        silu ? tiled_backward<Activation::silu, T> : tiled_backward<Activation::none, T>;
    run(shape, enlargement, x, weight, bias, statistics, grad_y, workspace, gradients);
  }
}

#define GPST_INSTANTIATE(T)                                                                       \
  template size_t norm_workspace_bytes<kThisLevel, T>(const NormShape&);                          \
  template void norm_forward<kThisLevel, T>(const NormShape&, const Enlargement<T>&, const T*,    \
                                            const T*, const T*, std::byte*, NormStatistics*, T*); \
  template void norm_backward<kThisLevel, T>(const NormShape&, const Enlargement<T>&, const T*,   \
                                             const T*, const T*, const NormStatistics*, const T*, \
                                             std::byte*, const NormGradients<T>&);
GPST_INSTANTIATE(float)
GPST_INSTANTIATE(double)

}  // namespace gpst::cpu
