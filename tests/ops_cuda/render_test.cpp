// The renderer's kernels against the CPU's float64. Tolerances are relative to the largest value.
#include "ops/render.h"

#include <limits>

#include "base/error.h"
#include "ops/render_tiles.h"
#include "ops/token_columns.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

// Plausible tokens, some of them partly or wholly outside the canvas.
at::Tensor some_tokens(int64_t batch, int64_t count, int64_t channels) {
  return at::cat(
             {uniform({batch, count, 2}, 1, 0.01, 0.4), uniform({batch, count, 1}, 2, -0.9, 0.9),
              uniform({batch, count, 2}, 3, -1.4, 1.4),
              uniform({batch, count, channels}, 4, -1, 1)},
             2)
      .to(at::kFloat);
}

struct Result {
  at::Tensor map, grad;
};

// A float64 direction on the CPU becomes one of the tokens' dtype where they are.
Result run(const at::Tensor& tokens_in, const RenderOptions& options, const at::Tensor& direction) {
  const at::Tensor tokens = tokens_in.detach().requires_grad_();
  const at::Tensor map = render(tokens, options);
  map.backward(direction.to(tokens.options()));
  return {map.detach().cpu(), tokens.grad().cpu()};
}

// Of each kind of column by itself, since their sizes differ.
void expect_gradients(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  const int64_t starts[] = {kSigmaX, kRho, kX, kGeometry, expected.size(2)};
  for (int k = 0; k < 4; ++k) {
    EXPECT_TRUE(near(actual.slice(2, starts[k], starts[k + 1]),
                     expected.slice(2, starts[k], starts[k + 1]), tolerance))
        << "columns from " << starts[k];
  }
}

void compare(const at::Tensor& tokens, const RenderOptions& options, double tolerance,
             double gradient_tolerance) {
  const at::Tensor direction = uniform(
      {tokens.size(0), tokens.size(2) - kGeometry, options.height, options.width}, 9, -1, 1);
  const Result expected = run(tokens.to(at::kDouble), options, direction);
  const Result actual = on_kernels([&] { return run(to_kernels(tokens), options, direction); });
  EXPECT_TRUE(near(actual.map, expected.map, tolerance));
  expect_gradients(actual.grad, expected.grad, gradient_tolerance);
}

TEST(RenderKernels, AgreeWithTheCpuForAnyNumberOfChannels) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    SCOPED_TRACE(channels);
    compare(some_tokens(2, 12, channels), {13, 18}, 3e-6, 2e-5);
  }
}

TEST(RenderKernels, AgreeWithTheCpuForAnyCanvas) {
  for (const int64_t height : {1, 7, 31, 64}) {
    for (const int64_t width : {1, 8, 33}) {
      SCOPED_TRACE(::testing::Message() << height << " x " << width);
      compare(some_tokens(3, 9, 4), {height, width, 5}, 3e-6, 2e-5);
    }
  }
}

TEST(RenderKernels, AgreeWithTheCpuForManyTokens) {
  for (const int64_t count : {1, 130, 1024, 4096}) {
    SCOPED_TRACE(count);
    compare(some_tokens(1, count, 3), {9, 11}, 2e-5, 2e-5);
  }
}

// The limits of sampled tokens; |rho| near 1 magnifies the rounding of coordinates 220 times.
TEST(RenderKernels, AgreeWithTheCpuForDegenerateGaussians) {
  at::Tensor tokens = some_tokens(1, 16, 3);
  tokens[0].slice(0, 0, 4).select(1, kSigmaX).fill_(1e-5);
  tokens[0].slice(0, 2, 6).select(1, kSigmaY).fill_(1e-5);
  tokens[0].slice(0, 6, 9).select(1, kRho).fill_(0.99999);
  tokens[0].slice(0, 9, 12).select(1, kRho).fill_(-0.99999);
  tokens[0].slice(0, 12, 14).select(1, kX).fill_(4);
  compare(tokens, {21, 32}, 5e-3, 5e-2);
}

// The same sets of NaN and of infinity as the CPU's float32, forward and backward.
TEST(RenderKernels, LetNanAndInfinityThroughAsTheCpuDoes) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float odd : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity, 0.0F, -0.5F,
                          1.0F, 2.0F, 1e30F}) {
    for (int64_t column = 0; column < 7; ++column) {
      SCOPED_TRACE(::testing::Message() << odd << " in column " << column);
      at::Tensor tokens = at::tensor({0.4F, 0.3F, 0.1F, 0.1F, 0.2F, 1.0F, 2.0F}).view({1, 1, 7});
      tokens[0][0][column] = odd;
      const at::Tensor direction = uniform({1, 2, 9, 11}, 9, -1, 1);
      const RenderOptions options{9, 11, 5};
      const Result expected = run(tokens, options, direction);
      const Result actual = on_kernels([&] { return run(to_kernels(tokens), options, direction); });
      EXPECT_TRUE(actual.map.isnan().equal(expected.map.isnan()));
      EXPECT_TRUE(actual.map.isinf().equal(expected.map.isinf()));
      EXPECT_TRUE(actual.grad.isfinite().equal(expected.grad.isfinite()));
    }
  }
}

// The border of a support is decided by the CPU's own float32 comparisons: no pixel flips.
TEST(RenderKernels, ReachThePixelsThatTheCpuReaches) {
  const at::Tensor tokens = some_tokens(1, 1, 1).expand({200, 1, 6}).contiguous();
  tokens.select(2, kRho).zero_();
  tokens.select(2, kGeometry).fill_(1);
  tokens.select(2, kX).copy_(uniform({200, 1}, 5, -1, 1));
  // Borders that lie on pixels as nearly as float32 can say.
  const at::Tensor pixels = uniform({200, 1}, 6, 0, 37).floor() * 2 / 36 - 1;
  tokens.select(2, kSigmaX).copy_((pixels.to(at::kFloat) - tokens.select(2, kX)).abs() / 3);
  const at::Tensor expected = render(tokens, {3, 37}).ne(0);
  const at::Tensor actual = on_kernels([&] {
    return render(to_kernels(tokens), {3, 37}).ne(0).cpu();
  });
  EXPECT_TRUE(actual.equal(expected));
}

TEST(RenderKernels, ReadGradientsOfAnyLayout) {
  const at::Tensor tokens = some_tokens(2, 9, 16);
  const at::Tensor direction = uniform({2, 16, 12, 20}, 9, -1, 1, at::kFloat);
  const at::Tensor plain = run(tokens, {12, 20}, direction).grad;
  for (const at::Tensor& laid : {direction.contiguous(kLast), direction.flip({3}).flip({3}),
                                 direction.transpose(2, 3).contiguous().transpose(2, 3)}) {
    const at::Tensor found = on_kernels([&] {
      return run(to_kernels(tokens), {12, 20}, to_kernels(laid)).grad;
    });
    expect_gradients(found, plain, 2e-5);
  }
  const at::Tensor summed = on_kernels([&] {
    const at::Tensor leaf = to_kernels(tokens).detach().requires_grad_();
    render(leaf, {12, 20}).sum().backward();
    return leaf.grad().cpu();
  });
  expect_gradients(summed, run(tokens, {12, 20}, at::ones({2, 16, 12, 20})).grad, 2e-5);
}

TEST(RenderKernels, RepeatThemselvesWhateverTheBatch) {
  const at::Tensor tokens = some_tokens(3, 40, 16);
  const at::Tensor direction = uniform({3, 16, 33, 29}, 9, -1, 1);
  const auto part = [&](int64_t first, int64_t count) {
    return on_kernels([&] {
      return run(to_kernels(tokens.narrow(0, first, count)), {33, 29},
                 direction.narrow(0, first, count));
    });
  };
  const Result all = part(0, 3), again = part(0, 3), last = part(2, 1);
  EXPECT_TRUE(same_bits(again.map, all.map));
  EXPECT_TRUE(same_bits(again.grad, all.grad));
  EXPECT_TRUE(same_bits(last.map, all.map.narrow(0, 2, 1)));
  EXPECT_TRUE(same_bits(last.grad, all.grad.narrow(0, 2, 1)));
}

TEST(RenderTilesKernels, AreMergingAndRendering) {
  for (const int64_t n : {1, 2, 3, 4}) {
    const RenderOptions options{.height = 8, .width = 6, .dmax = 3, .tiles = n};
    const at::Tensor tokens = some_tokens(2 * n * n, 6, 16);
    const at::Tensor merged = merge_tile_tokens(tokens, n);
    const auto [map, rendered, last, half] = on_kernels([&] {
      return std::make_tuple(render_tiles(to_kernels(tokens), options),
                             render(to_kernels(merged), options),
                             render_tiles(to_kernels(tokens), options, {.format = kLast}),
                             render_tiles(to_kernels(tokens), options, {at::kBFloat16, kLast}));
    });
    EXPECT_TRUE(same_bits(map.cpu(), rendered.cpu()));
    EXPECT_TRUE(near(map.cpu(), render(merged.to(at::kDouble), options), 3e-6));
    EXPECT_TRUE(last.is_contiguous(kLast) && last.equal(map));
    EXPECT_TRUE(half.is_contiguous(kLast) && half.equal(map.to(at::kBFloat16)));
  }
}

TEST(RenderKernels, OfNothingIsNothing) {
  on_kernels([] {
    EXPECT_TRUE(
        render(to_kernels(at::empty({2, 0, 8})), {4, 5}).cpu().equal(at::zeros({2, 3, 4, 5})));
    EXPECT_EQ(render(to_kernels(at::empty({0, 3, 8})), {4, 5}).size(0), 0);
    return 0;
  });
}

TEST(RenderKernels, RefuseDoubleTokens) {
  const std::string message = on_kernels([&] {
    return message_of<InputError>([&] {
      render(to_kernels(at::zeros({1, 2, 8}, at::kDouble)), {});
    });
  });
  EXPECT_NE(message.find("must be float32, found Double"), std::string::npos) << message;
}

}  // namespace
}  // namespace gpst
