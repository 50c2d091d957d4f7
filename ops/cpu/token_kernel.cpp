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

}  // namespace

template <SimdLevel level, class X, class Y>
void norm_token(int64_t width, const X* x, const Modulation& modulation, double eps, Y* y) {
  const float count = static_cast<float>(width);
  const float mean =
      sum_over(width, [&](int64_t i, auto lanes) { return load_as<float>(x + i, lanes); }) / count;
  const float squares = sum_over(width, [&](int64_t i, auto lanes) {
    const Vec<float> d = only<float>(load_as<float>(x + i, lanes) - mean, lanes);
    return d * d;
  });
  const float slope =
      static_cast<float>(1 / __builtin_sqrt(static_cast<double>(squares / count) + eps));
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
void gelu_tanh(int64_t count, T* x) {
  constexpr float kTwoRoot = 1.5957691216057308F;  // 2 sqrt(2/pi)
  constexpr float kCubic = 0.044715F * kTwoRoot;
  for_lanes<float>(count, [&](int64_t i, auto lanes) {
    const Vec<float> v = load_as<float>(x + i, lanes);
    const Vec<float> twice_u = v * (v * v * kCubic + kTwoRoot);
    store_as<float>(x + i, v / (vexp<float>(-twice_u) + 1.0F), lanes);
  });
}

#define GPST_TOKEN_KERNELS(X, Y)                                                                \
  template void norm_token<kThisLevel, X, Y>(int64_t, const X*, const Modulation&, double, Y*); \
  template void gate_token<kThisLevel, X, Y>(int64_t, const X*, const float*, const Y*, X*);
GPST_TOKEN_KERNELS(float, float)
GPST_TOKEN_KERNELS(float, uint16_t)
GPST_TOKEN_KERNELS(uint16_t, uint16_t)
#undef GPST_TOKEN_KERNELS
template void gelu_tanh<kThisLevel, float>(int64_t, float*);
template void gelu_tanh<kThisLevel, uint16_t>(int64_t, uint16_t*);

}  // namespace gpst::cpu
