// The norm of channels-last maps at every instruction set.
#include <ATen/ATen.h>

#include "ops/cpu/pixel_norm_kernel.h"
#include "tests/ops/levels.h"
#include "tests/ops/norm_reference.h"

namespace gpst::cpu {
namespace {

template <SimdLevel level, class T>
at::Tensor run(const at::Tensor& x /* [P,C] */, const at::Tensor& weight, const at::Tensor& bias,
               PixelNormShape shape) {
  shape.pixels = x.size(0);
  shape.channels = x.size(1);
  const auto bytes = static_cast<int64_t>(pixel_norm_workspace_bytes<level>(shape));
  const at::Tensor workspace = at::empty({bytes}, at::kByte);
  const at::Tensor y = at::full_like(x, 7);
  std::vector<NormStatistics> statistics(static_cast<size_t>(shape.groups));
  pixel_norm<level, T>(shape, static_cast<const T*>(x.const_data_ptr()),
                       weight.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                       static_cast<std::byte*>(workspace.mutable_data_ptr()), statistics.data(),
                       static_cast<T*>(y.mutable_data_ptr()));
  return y;
}

// As a map of one column: [1,C,P,1] -> [P,C].
at::Tensor expected(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                    const PixelNormShape& shape) {
  const test::NormInputs in{x.to(at::kDouble).t().unsqueeze(0).unsqueeze(3), weight.to(at::kDouble),
                            bias.to(at::kDouble)};
  const NormOptions options{
      .groups = shape.groups, .eps = shape.eps, .kind = shape.kind, .activation = shape.activation};
  return test::plain_norm(in, options)[0].select(2, 0).t();
}

constexpr PixelNormShape kShapes[] = {
    {.groups = 2, .eps = 1e-3, .kind = NormKind::group, .activation = Activation::silu},
    {.groups = 1, .eps = 1e-2, .kind = NormKind::tile, .activation = Activation::none}};

TEST(PixelNorm, AgreesWithTheFormulaWhateverTheNumbersOfPixelsAndChannels) {
  test::for_each_simd_level([](auto level) {
    for (const int64_t pixels : {1, 7, 256, 1100}) {
      for (const int64_t channels : {2, 8, 18, 160}) {
        const at::Tensor x = test::uniform({pixels, channels}, 1, -2, 3).to(at::kFloat);
        const at::Tensor weight = test::uniform({channels}, 2, 0.5, 1.5).to(at::kFloat);
        const at::Tensor bias = test::uniform({channels}, 3, -1, 1).to(at::kFloat);
        for (const PixelNormShape& shape : kShapes) {
          EXPECT_TRUE(test::near(run<level(), float>(x, weight, bias, shape),
                                 expected(x, weight, bias, shape), 3e-6))
              << pixels << " x " << channels;
        }
      }
    }
  });
}

TEST(PixelNorm, RoundsOnlyTheResultToBfloat16) {
  test::for_each_simd_level([](auto level) {
    const at::Tensor x = test::uniform({300, 18}, 1, -2, 3).to(at::kBFloat16);
    const at::Tensor weight = test::uniform({18}, 2, 0.5, 1.5).to(at::kFloat);
    const at::Tensor bias = test::uniform({18}, 3, -1, 1).to(at::kFloat);
    const at::Tensor exact = expected(x, weight, bias, kShapes[0]);
    const at::Tensor y = run<level(), uint16_t>(x, weight, bias, kShapes[0]);
    EXPECT_TRUE(((y.to(at::kDouble) - exact).abs() <= exact.abs() / 256 + 1e-6)
                    .all()
                    .template item<bool>());
  });
}

TEST(PixelNorm, ANanReachesItsGroupOnly) {
  test::for_each_simd_level([](auto level) {
    at::Tensor x = test::uniform({40, 8}, 1, -2, 3).to(at::kFloat);
    x[3][1] = std::numeric_limits<float>::quiet_NaN();
    const at::Tensor y = run<level(), float>(x, at::ones({8}), at::zeros({8}), kShapes[0]);
    EXPECT_TRUE(y.narrow(1, 0, 4).isnan().all().template item<bool>());
    EXPECT_FALSE(y.narrow(1, 4, 4).isnan().any().template item<bool>());
  });
}

}  // namespace
}  // namespace gpst::cpu
