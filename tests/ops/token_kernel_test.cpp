// Norm and residual of a token at every instruction set.
#include "ops/cpu/token_kernel.h"

#include <ATen/ATen.h>

#include "tests/ops/levels.h"

namespace gpst::cpu {
namespace {

struct Token {
  explicit Token(int64_t width) {
    at::manual_seed(width);
    x = at::randn({width}) * 3 + 50;  // far from 0: what one-pass variances lose
    y = at::randn({width});
    gate = at::randn({width});
    shift = at::randn({width});
    scale = at::randn({width});
  }
  at::Tensor norm(const at::Tensor& from) const {
    const at::Tensor v = from.to(at::kDouble), d = v - v.mean();
    return d / (d.square().mean() + 1e-6).sqrt() * (scale.to(at::kDouble) + 1) + shift;
  }
  at::Tensor x, y, gate, shift, scale;
};

template <class T>
const T* in(const at::Tensor& x) {
  return static_cast<const T*>(x.const_data_ptr());
}
template <class T>
T* out(const at::Tensor& x) {
  return static_cast<T*>(x.mutable_data_ptr());
}

constexpr int64_t kWidths[] = {1, 7, 32, 72, 333, 1152};

TEST(TokenKernel, NormIsTheFormula) {
  for (const int64_t width : kWidths) {
    const Token t(width);
    const Modulation modulation{in<float>(t.shift), in<float>(t.scale)};
    const at::Tensor rough = t.x.to(at::kBFloat16);
    test::for_each_simd_level([&](auto level) {
      const at::Tensor y = at::empty({width}), small = at::empty({width}, at::kBFloat16);
      norm_token<level()>(width, in<float>(t.x), modulation, 1e-6, out<float>(y));
      EXPECT_TRUE(y.to(at::kDouble).allclose(t.norm(t.x), 1e-4, 5e-5)) << width;
      norm_token<level()>(width, in<float>(t.x), modulation, 1e-6, out<uint16_t>(small));
      EXPECT_TRUE(small.equal(y.to(at::kBFloat16))) << width;
      norm_token<level()>(width, in<uint16_t>(rough), modulation, 1e-6, out<uint16_t>(small));
      EXPECT_TRUE(small.to(at::kDouble).allclose(t.norm(rough), 1e-2, 1e-2)) << width;
    });
  }
}

TEST(TokenKernel, GateAddsAndLeavesWhatIsBehindAlone) {
  for (const int64_t width : kWidths) {
    const Token t(width);
    test::for_each_simd_level([&](auto level) {
      const at::Tensor sum = at::full({width + 1}, 7.0F);
      gate_token<level()>(width, in<float>(t.x), in<float>(t.gate), in<float>(t.y),
                          out<float>(sum));
      EXPECT_TRUE(sum.narrow(0, 0, width).allclose(t.x + t.gate * t.y, 1e-6, 1e-6)) << width;
      EXPECT_EQ(sum[width].item<float>(), 7);
    });
  }
}

}  // namespace
}  // namespace gpst::cpu
