#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "base/system.h"
#include "nn/onednn_products.h"
#include "nn/prepared_convolution.h"
#include "nn/prepared_linear.h"

namespace gpst {
namespace {

// Numbers without a generator: different for every element, in [-1,1].
at::Tensor pattern(at::IntArrayRef shape, double step) {
  return at::sin(at::arange(c10::multiply_integers(shape), at::kDouble) * step)
      .to(at::kFloat)
      .view(shape);
}

at::Tensor rounded(const at::Tensor& x) { return x.to(at::kBFloat16).to(at::kDouble); }

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(PreparedLinear, equals_the_plain_product_for_any_number_of_rows) {
  const at::Tensor weight = pattern({48, 40}, 0.37), bias = pattern({48}, 1.1);
  const PreparedLinear linear(weight, bias, at::kFloat);
  EXPECT_EQ(linear.in(), 40);
  EXPECT_EQ(linear.out(), 48);
  for (const int64_t rows : {1, 7, 64, 300}) {
    const at::Tensor x = pattern({2, rows, 40}, 0.73);
    const at::Tensor y = linear(x);
    EXPECT_EQ(y.sizes(), at::IntArrayRef({2, rows, 48}));
    EXPECT_LT(worst(y, at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble))),
              2e-5);
  }
}

TEST(PreparedLinear, works_without_bias_and_on_strided_rows) {
  const at::Tensor weight = pattern({16, 24}, 0.37);
  const PreparedLinear linear(weight, {}, at::kFloat);
  const at::Tensor x = pattern({24, 10}, 0.73).t();  // [10,24]
  EXPECT_LT(worst(linear(x), at::mm(x, weight.t())), 1e-5);
}

TEST(PreparedLinear, in_bfloat16_rounds_weights_and_result_and_sums_in_float) {
  const at::Tensor weight = pattern({32, 1000}, 0.37), bias = pattern({32}, 1.1);
  const at::Tensor x = pattern({5, 1000}, 0.73).to(at::kBFloat16);
  const at::Tensor y = PreparedLinear(weight, bias, at::kBFloat16)(x);
  ASSERT_EQ(y.scalar_type(), at::kBFloat16);
  const at::Tensor exact = at::linear(rounded(x), rounded(weight), rounded(bias));
  // Half a unit of the last place of bfloat16, and float32 sums.
  EXPECT_TRUE(((y.to(at::kDouble) - exact).abs() <= exact.abs() / 256 + 1e-4).all().item<bool>());
  EXPECT_GT(worst(y, exact), 0);
}

TEST(PreparedLinear, refuses_other_types) {
  EXPECT_THROW(PreparedLinear(pattern({4, 4}, 1), {}, at::kHalf), ConfigError);
}

TEST(PreparedConvolution, equals_the_plain_one_for_several_sizes_of_maps) {
  const at::Tensor weight = pattern({20, 12, 3, 3}, 0.37), bias = pattern({20}, 1.1);
  const PreparedConvolution convolution(weight, bias, {.padding = {1, 1}, .input = {1, 12, 8, 8}});
  for (const int64_t side : {8, 5, 16, 9, 8}) {  // more than are prepared
    const at::Tensor x = channels_last(pattern({2, 12, side, side + 1}, 0.73));
    const at::Tensor y = convolution(x);
    EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_LT(
        worst(y, at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), 1, 1)),
        2e-5);
  }
}

TEST(PreparedConvolution, applies_relu_and_stride) {
  const at::Tensor weight = pattern({8, 4, 3, 3}, 0.37), bias = pattern({8}, 1.1);
  const PreparedConvolution convolution(weight, bias, {.stride = {2, 2}, .padding = {1, 1}},
                                        Epilogue::relu);
  const at::Tensor x = channels_last(pattern({1, 4, 9, 9}, 0.73));
  const at::Tensor expected = at::conv2d(x, weight, bias, 2, 1).relu();
  EXPECT_LT(worst(convolution(x), expected), 1e-5);
  EXPECT_EQ(expected.min().item<float>(), 0);
}

TEST(PreparedConvolution, in_bfloat16_rounds_weights_and_result_and_sums_in_float) {
  const at::Tensor weight = pattern({16, 64, 3, 3}, 0.37), bias = pattern({16}, 1.1);
  const PreparedConvolution convolution(weight, bias, {.padding = {1, 1}}, Epilogue::none,
                                        at::kBFloat16);
  const at::Tensor x = channels_last(pattern({1, 64, 6, 6}, 0.73)).to(at::kBFloat16);
  const at::Tensor y = convolution(x);
  ASSERT_EQ(y.scalar_type(), at::kBFloat16);
  const at::Tensor exact = at::conv2d(rounded(x), rounded(weight), rounded(bias), 1, 1);
  EXPECT_TRUE(((y.to(at::kDouble) - exact).abs() <= exact.abs() / 256 + 1e-4).all().item<bool>());
}

TEST(PreparedConvolution, serves_several_threads) {
  const at::Tensor weight = pattern({8, 8, 3, 3}, 0.37), bias = pattern({8}, 1.1);
  const PreparedConvolution convolution(weight, bias, {.padding = {1, 1}});
  std::vector<at::Tensor> results(4);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto side = static_cast<int64_t>(6 + i % 2);
        results[i] = convolution(channels_last(pattern({1, 8, side, side}, 0.73)));
      });
    }
  }
  EXPECT_TRUE(at::equal(results[0], results[2]));
  EXPECT_TRUE(at::equal(results[1], results[3]));
}

TEST(OnednnProducts, computes_in_bfloat16_only_where_the_processor_does) {
  EXPECT_FALSE(onednn_computes(at::kBFloat16) && !cpu_has_bf16());
  EXPECT_FALSE(onednn_computes(at::kHalf));
}

}  // namespace
}  // namespace gpst
