// Compiled once per SimdLevel.
#include "ops/cpu/token_kernel.h"

#include "ops/cpu/elements.h"
#include "ops/cpu/exp.h"

namespace gpst::cpu {
namespace {

// The sum of f(index, lanes) over a row, in several sums at a time: a single one would wait for
// itself. f gives 0 in lanes that do not count.
template <class F>
GPST_INLINE float sum_over(int64_t width, F&& f) {
  constexpr int kSums = 4, kStep = kSums * kLanes<float>;
  Vec<float> sums[kSums] = {};
  int64_t i = 0;
  for (; i + kStep <= width; i += kStep) {
    for (int k = 0; k < kSums; ++k) sums[k] += f(i + k * kLanes<float>, AllLanes{});
  }
  for_lanes<float>(width - i, [&](int64_t j, auto lanes) { sums[0] += f(i + j, lanes); });
  return sum<float>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

constexpr float kTwoRoot = 1.5957691216057308F;  // 2 sqrt(2/pi)
constexpr float kCubic = 0.044715F * kTwoRoot;

// x minus its mean, times the slope, is the plain norm.
struct Centred {
  float mean, slope;
};

template <class X>
GPST_INLINE Centred centre(int64_t width, const X* x, double eps) {
  const float count = static_cast<float>(width);
  const float mean =
      sum_over(width, [&](int64_t i, auto lanes) { return load_as<float>(x + i, lanes); }) / count;
  const float squares = sum_over(width, [&](int64_t i, auto lanes) {
    const Vec<float> d = only<float>(load_as<float>(x + i, lanes) - mean, lanes);
    return d * d;
  });
  return {mean, static_cast<float>(1 / __builtin_sqrt(static_cast<double>(squares / count) + eps))};
}

}  // namespace

template <SimdLevel level, class X, class Y>
void norm_token(int64_t width, const X* x, const Modulation& modulation, double eps, Y* y) {
  const auto [mean, slope] = centre(width, x, eps);
  for_lanes<float>(width, [&](int64_t i, auto lanes) {
    const Vec<float> normed = (load_as<float>(x + i, lanes) - mean) * slope;
    const Vec<float> gain = load(modulation.scale + i, lanes) + 1.0F;
    store_as<float>(y + i, normed * gain + load(modulation.shift + i, lanes), lanes);
  });
}

template <SimdLevel level, class X, class Y>
void gate_token(int64_t width, const X* x, const float* gate, const Y* y, X* sum) {
  for_lanes<float>(width, [&](int64_t i, auto lanes) {
    const Vec<float> gated = load(gate + i, lanes) * load_as<float>(y + i, lanes);
    store_as<float>(sum + i, load_as<float>(x + i, lanes) + gated, lanes);
  });
}

template <SimdLevel level, class T>
void gelu_tanh(int64_t count, const T* x, T* y) {
  for_lanes<float>(count, [&](int64_t i, auto lanes) {
    const Vec<float> v = load_as<float>(x + i, lanes);
    const Vec<float> twice_u = v * (v * v * kCubic + kTwoRoot);
    store_as<float>(y + i, v / (vexp<float>(-twice_u) + 1.0F), lanes);
  });
}

template <SimdLevel level, class T>
void gelu_tanh_backward(int64_t count, const T* dy, const T* x, T* dx) {
  for_lanes<float>(count, [&](int64_t i, auto lanes) {
    const Vec<float> v = load_as<float>(x + i, lanes), square = v * v;
    const Vec<float> twice_u = v * (square * kCubic + kTwoRoot);
    const Vec<float> s = 1.0F / (vexp<float>(-twice_u) + 1.0F);  // y = v s
    const Vec<float> slope = square * (3 * kCubic) + kTwoRoot;   // of twice_u
    // v s (1 - s) is 0 far out on both sides, where v^3 would overflow.
    const Vec<float> bend = v * s * (1.0F - s);
    const Vec<float> curved = bend == 0.0F ? Vec<float>{} : bend * slope;
    store_as<float>(dx + i, load_as<float>(dy + i, lanes) * (s + curved), lanes);
  });
}

// With n the plain norm and g = dy (1 + scale): dx = slope (g - mean(g) - n mean(g n)).
template <SimdLevel level, class Y>
void norm_token_backward(int64_t width, const Y* dy, const float* x, const float* scale, double eps,
                         float* dx, const ModulationSums& sums) {
  const auto [mean, slope] = centre(width, x, eps);
  const auto norm_at = [&](int64_t i, auto lanes) { return (load(x + i, lanes) - mean) * slope; };
  const auto gained_at = [&](int64_t i, auto lanes) {
    return load_as<float>(dy + i, lanes) * (load(scale + i, lanes) + 1.0F);
  };
  const float count = static_cast<float>(width);
  const float mean_gained = sum_over(width, gained_at) / count;  // dy is 0 where no lane counts
  const float mean_along =
      sum_over(width,
               [&](int64_t i, auto lanes) { return gained_at(i, lanes) * norm_at(i, lanes); }) /
      count;
  for_lanes<float>(width, [&](int64_t i, auto lanes) {
    const Vec<float> given = load_as<float>(dy + i, lanes), norm = norm_at(i, lanes);
    store(sums.shift + i, load(sums.shift + i, lanes) + given, lanes);
    store(sums.scale + i, load(sums.scale + i, lanes) + given * norm, lanes);
    store(dx + i, (gained_at(i, lanes) - mean_gained - norm * mean_along) * slope, lanes);
  });
}

template <SimdLevel level, class Y>
void gate_token_backward(int64_t width, const float* dsum, const float* gate, const Y* y, Y* dy,
                         float* gate_sum) {
  for_lanes<float>(width, [&](int64_t i, auto lanes) {
    const Vec<float> given = load(dsum + i, lanes);
    store(gate_sum + i, load(gate_sum + i, lanes) + given * load_as<float>(y + i, lanes), lanes);
    store_as<float>(dy + i, given * load(gate + i, lanes), lanes);
  });
}

#define GPST_TOKEN_KERNELS(X, Y)                                                                \
  template void norm_token<kThisLevel, X, Y>(int64_t, const X*, const Modulation&, double, Y*); \
  template void gate_token<kThisLevel, X, Y>(int64_t, const X*, const float*, const Y*, X*);
GPST_TOKEN_KERNELS(float, float)
GPST_TOKEN_KERNELS(float, uint16_t)
GPST_TOKEN_KERNELS(uint16_t, uint16_t)
#undef GPST_TOKEN_KERNELS
#define GPST_TOKEN_KERNELS(T)                                                                     \
  template void gelu_tanh<kThisLevel, T>(int64_t, const T*, T*);                                  \
  template void gelu_tanh_backward<kThisLevel, T>(int64_t, const T*, const T*, T*);               \
  template void norm_token_backward<kThisLevel, T>(int64_t, const T*, const float*, const float*, \
                                                   double, float*, const ModulationSums&);        \
  template void gate_token_backward<kThisLevel, T>(int64_t, const float*, const float*, const T*, \
                                                   T*, float*);
GPST_TOKEN_KERNELS(float)
GPST_TOKEN_KERNELS(uint16_t)
#undef GPST_TOKEN_KERNELS

}  // namespace gpst::cpu
