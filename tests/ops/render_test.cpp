// The renderer's kernels against the plain loop, and what they promise about batch and threads.
#include "ops/render.h"

#include <ATen/Parallel.h>

#include <limits>

#include "ops/cpu/render_kernel.h"
#include "ops/cpu/render_reference.h"
#include "tests/ops/levels.h"
#include "tests/ops/support.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

// Plausible tokens, some of them partly or wholly outside the canvas.
at::Tensor random_tokens(int64_t batch, int64_t count, int64_t channels, uint64_t seed,
                         at::ScalarType dtype) {
  return at::cat({uniform({batch, count, 2}, seed, 0.01, 0.4),
                  uniform({batch, count, 1}, seed + 1, -0.9, 0.9),
                  uniform({batch, count, 2}, seed + 2, -1.4, 1.4),
                  uniform({batch, count, channels}, seed + 3, -1, 1)},
                 2)
      .to(dtype);
}

struct Maps {
  at::Tensor map, grad;
};

template <class T>
Maps reference(const cpu::RenderShape& shape, const at::Tensor& tokens, const at::Tensor& grad) {
  Maps result{at::empty_like(grad), at::empty_like(tokens)};
  cpu::render_forward_reference<T>(shape, tokens.const_data_ptr<T>(),
                                   result.map.mutable_data_ptr<T>());
  cpu::render_backward_reference<T>(shape, tokens.const_data_ptr<T>(), grad.const_data_ptr<T>(),
                                    result.grad.mutable_data_ptr<T>());
  return result;
}

template <cpu::SimdLevel level, class T>
Maps kernel(const cpu::RenderShape& shape, const at::Tensor& tokens, const at::Tensor& grad) {
  Maps result{at::empty_like(grad), at::empty_like(tokens)};
  std::vector<std::byte> workspace(cpu::render_workspace_bytes<level, T>(shape));
  cpu::render_forward<level, T>(shape, tokens.const_data_ptr<T>(), workspace.data(),
                                result.map.mutable_data_ptr<T>());
  cpu::render_backward<level, T>(shape, tokens.const_data_ptr<T>(), grad.const_data_ptr<T>(),
                                 workspace.data(), result.grad.mutable_data_ptr<T>());
  return result;
}

template <class T>
void compare_with_reference(int64_t channels, int64_t height, int64_t width, double dmax,
                            double tolerance) {
  const cpu::RenderShape shape{20, channels, height, width, dmax};
  const auto dtype = c10::CppTypeToScalarType<T>::value;
  const at::Tensor tokens = random_tokens(1, 20, channels, 7, dtype).squeeze(0);
  const at::Tensor grad = uniform({channels, height, width}, 8, -1, 1, dtype);
  const Maps expected = reference<T>(shape, tokens, grad);
  test::for_each_simd_level([&](auto level) {
    SCOPED_TRACE(::testing::Message() << channels << " channels, " << height << " x " << width);
    const Maps found = kernel<level(), T>(shape, tokens, grad);
    EXPECT_TRUE(near(found.map, expected.map, tolerance));
    EXPECT_TRUE(near(found.grad, expected.grad, 4 * tolerance));
  });
}

TEST(Render, AgreesWithThePlainLoopForAnyNumberOfChannels) {
  for (int64_t channels = 1; channels <= 40; ++channels) {
    compare_with_reference<double>(channels, 13, 18, 3, 1e-13);
    compare_with_reference<float>(channels, 13, 18, 3, 3e-6);
  }
}

TEST(Render, AgreesWithThePlainLoopForAnyCanvas) {
  for (int64_t height : {1, 2, 7, 31, 64}) {
    for (int64_t width : {1, 3, 8, 9, 65}) {
      compare_with_reference<double>(5, height, width, 5, 1e-13);
      compare_with_reference<float>(16, height, width, 2, 3e-6);
    }
  }
}

TEST(Render, DoesNotDependOnBatchOrThreads) {
  const at::Tensor tokens = random_tokens(5, 40, 16, 3, at::kFloat);
  const RenderOptions options{33, 29, 3};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor together = render(tokens, options);
  at::set_num_threads(3);
  const at::Tensor threaded = render(tokens, options);
  at::set_num_threads(threads);
  EXPECT_TRUE(same_bits(together, threaded));
  for (int64_t b = 0; b < 5; ++b) {
    EXPECT_TRUE(same_bits(together.narrow(0, b, 1), render(tokens.narrow(0, b, 1), options)));
  }
}

TEST(Render, TakesTensorsOfAnyLayout) {
  const at::Tensor tokens = random_tokens(2, 12, 6, 3, at::kDouble);
  const at::Tensor strided = tokens.permute({2, 0, 1}).contiguous().permute({1, 2, 0});
  ASSERT_FALSE(strided.is_contiguous());
  EXPECT_TRUE(same_bits(render(tokens, {16, 16}), render(strided, {16, 16})));
}

TEST(Render, EnlargesTheCanvasByTiles) {
  const at::Tensor tokens = random_tokens(1, 12, 3, 5, at::kFloat);
  const at::Tensor tiled = render(tokens, {.height = 8, .width = 6, .dmax = 3, .tiles = 3});
  EXPECT_TRUE(same_bits(tiled, render(tokens, {.height = 24, .width = 18, .dmax = 3})));
}

TEST(Render, OfNoTokensIsZero) {
  const at::Tensor map = render(at::empty({2, 0, 8}), {4, 5});
  EXPECT_TRUE(map.equal(at::zeros({2, 3, 4, 5})));
  EXPECT_EQ(render(at::empty({0, 3, 8}), {4, 5}).sizes(), (std::vector<int64_t>{0, 3, 4, 5}));
}

TEST(Render, SkipsGaussiansWithoutExtent) {
  at::Tensor tokens = random_tokens(1, 3, 2, 5, at::kFloat);
  const at::Tensor rest = tokens.narrow(1, 2, 1).contiguous();
  tokens[0][0][0] = 0.0;
  tokens[0][1][1] = -0.3;
  tokens.requires_grad_();
  const at::Tensor map = render(tokens, {16, 16});
  EXPECT_TRUE(same_bits(map.detach(), render(rest, {16, 16})));
  map.sum().backward();
  EXPECT_TRUE(tokens.grad().narrow(1, 0, 2).equal(at::zeros({1, 2, 7})));
  EXPECT_GT(tokens.grad().narrow(1, 2, 1).abs().max().item<float>(), 0);
}

TEST(Render, LetsNanParametersShow) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int64_t column = 0; column < 7; ++column) {
    // Wide enough to reach every pixel; feature column 6 touches its own channel only.
    at::Tensor tokens = at::tensor({1.0F, 1.0F, 0.1F, 0.0F, 0.0F, 1.0F, 2.0F}).view({1, 1, 7});
    tokens[0][0][column] = nan;
    const at::Tensor is_nan = render(tokens, {9, 9}).isnan();  // [1, 2, 9, 9]
    EXPECT_TRUE(is_nan.select(1, 1).all().item<bool>() || column == 5) << "column " << column;
    EXPECT_EQ(is_nan.select(1, 0).all().item<bool>(), column != 6) << "column " << column;
  }
}

TEST(Render, SurvivesInfiniteAndHugeParameters) {
  const float inf = std::numeric_limits<float>::infinity();
  const at::Tensor far = at::tensor({1.0F, 1.0F, 0.0F, inf, 1e30F, 1.0F}).view({1, 1, 6});
  EXPECT_TRUE(render(far, {8, 8}).equal(at::zeros({1, 1, 8, 8})));
  const at::Tensor wide = at::tensor({inf, 1e30F, 0.0F, 0.0F, 0.0F, 1.0F}).view({1, 1, 6});
  EXPECT_TRUE(render(wide, {8, 8}).equal(at::ones({1, 1, 8, 8})));
}

TEST(Render, KeepsThePixelsOfTheSupportOnly) {
  // sigma 0.25, dmax 2: |dx| <= 0.5 exactly; pixels of 9 sit at multiples of 0.25.
  const at::Tensor token = at::tensor({0.25, 0.25, 0.0, 0.0, 0.0, 1.0}).view({1, 1, 6});
  const at::Tensor map = render(token, {.height = 9, .width = 9, .dmax = 2})[0][0];  // [9, 9]
  at::Tensor expected = at::zeros({9, 9}, at::kBool);
  expected.slice(0, 2, 7).slice(1, 2, 7).fill_(true);
  EXPECT_TRUE(map.ne(0).equal(expected));
  EXPECT_DOUBLE_EQ(map[4][6].item<double>(), std::exp(-2.0));
}

}  // namespace
}  // namespace gpst
