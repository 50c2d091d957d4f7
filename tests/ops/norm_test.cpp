// The norms against compositions of ATen functions.
#include <ATen/Parallel.h>

#include "ops/cpu/bicubic.h"
#include "ops/group_norm_silu.h"
#include "ops/tile_norm.h"
#include "tests/ops/norm_reference.h"
#include "tests/ops/support.h"

namespace gpst {
namespace {

using test::near;
using test::norm_inputs;
using test::NormInputs;
using test::plain_norm;
using test::same_bits;
using test::uniform;

void compare(const NormInputs& in, const NormOptions& options, double tolerance) {
  const at::Tensor expected = plain_norm(in, options);
  const at::Tensor wide = norm_silu(in.x, in.weight, in.bias, options);
  EXPECT_TRUE(near(wide, expected, tolerance));
  const at::Tensor narrow =
      norm_silu(in.x.to(at::kFloat), in.weight.to(at::kFloat), in.bias.to(at::kFloat), options);
  EXPECT_EQ(narrow.scalar_type(), at::kFloat);
  EXPECT_TRUE(near(narrow, expected, 3e-6));
}

TEST(Norm, GroupNormAgreesWithAten) {
  for (int64_t width : {1, 5, 8, 33}) {
    const NormInputs in = norm_inputs(2, 12, 7, width);
    for (int64_t groups : {1, 3, 12}) {
      compare(in, {.groups = groups, .eps = 1e-3}, 1e-12);
      compare(in, {.groups = groups, .eps = 1e-3, .activation = Activation::silu}, 1e-12);
    }
  }
}

TEST(Norm, TileNormAgreesWithTheFormula) {
  const NormInputs in = norm_inputs(2, 12, 12, 24);
  for (int64_t tiles : {1, 2, 3, 4}) {
    SCOPED_TRACE(tiles);
    const NormOptions options{.groups = 4, .eps = 1e-2, .kind = NormKind::tile, .tiles = tiles};
    compare(in, options, 1e-6);  // ATen takes its bicubic weights from a float scale
    NormOptions silu = options;
    silu.activation = Activation::silu;
    compare(in, silu, 1e-6);
    EXPECT_TRUE(same_bits(tile_norm(in.x, in.weight, in.bias, 4, tiles, 1e-2),
                          norm_silu(in.x, in.weight, in.bias, options)));
  }
}

TEST(Norm, EnlargementIsTheBicubicOfAten) {
  for (int64_t n : {2, 3, 5}) {
    for (int64_t size : {n, 4 * n, 16 * n}) {
      const std::vector<double> weights = cpu::bicubic_weights(n, size);
      const at::Tensor values = uniform({n}, 5, -1, 1);
      const at::Tensor ours = at::tensor(weights, at::kDouble).view({size, n}).mv(values);
      const at::Tensor image = values.view({1, 1, 1, n});
      const at::Tensor expected = at::upsample_bicubic2d(image, at::IntArrayRef{1, size}, false,
                                                         std::nullopt, std::nullopt);
      EXPECT_TRUE(near(ours, expected.view({size}), 1e-12)) << n << " " << size;
    }
  }
}

TEST(Norm, KeepsItsDigitsUnderALargeMean) {
  NormInputs in = norm_inputs(1, 4, 32, 32);
  in.x = (in.x + 300).to(at::kFloat).to(at::kDouble);
  const at::Tensor expected = plain_norm(in, {.groups = 2});
  const at::Tensor found = norm_silu(in.x.to(at::kFloat), in.weight.to(at::kFloat),
                                     in.bias.to(at::kFloat), {.groups = 2});
  EXPECT_TRUE(near(found, expected, 1e-4));
}

TEST(Norm, OfAConstantGroupIsTheBias) {
  const at::Tensor x = at::full({1, 4, 6, 6}, 5.0F), weight = at::ones({4});
  const at::Tensor bias = at::tensor({1.0F, 2.0F, 3.0F, 4.0F});
  const at::Tensor expected = bias.view({1, 4, 1, 1}).expand({1, 4, 6, 6});
  EXPECT_TRUE(near(norm_silu(x, weight, bias, {.groups = 2}), expected, 1e-6));
  EXPECT_TRUE(near(tile_norm(x, weight, bias, 2, 1, 1e-6), expected, 1e-6));
  EXPECT_TRUE(near(tile_norm(x, weight, bias, 2, 3, 1e-6), expected, 1e-6));
}

TEST(Norm, SiluHoldsForLargeArguments) {
  const at::Tensor x = at::tensor({-1.0F, 1.0F}).view({1, 1, 1, 2});
  const at::Tensor weight = at::tensor({1e4F}), bias = at::zeros({1});
  const at::Tensor y = norm_silu(x, weight, bias, {.groups = 1, .activation = Activation::silu});
  EXPECT_TRUE(near(y, at::tensor({0.0F, 1e4F}).view({1, 1, 1, 2}), 1e-5));
}

TEST(Norm, OfBfloat16IsRoundedOnce) {
  const NormInputs in = norm_inputs(2, 8, 6, 10);
  const at::Tensor x = in.x.to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = in.weight.to(at::kFloat), bias = in.bias.to(at::kFloat);
  const NormOptions options{.groups = 4, .activation = Activation::silu};
  const at::Tensor y = norm_silu(x, weight, bias, options);
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(same_bits(y, norm_silu(x.to(at::kFloat), weight, bias, options).to(at::kBFloat16)));
}

TEST(Norm, OfChannelsLastMapsAgreesWithAten) {
  for (int64_t channels : {4, 12, 32, 52}) {
    const NormInputs in = norm_inputs(2, channels, 9, 31);
    const at::Tensor x = in.x.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor weight = in.weight.to(at::kFloat), bias = in.bias.to(at::kFloat);
    for (const NormOptions& options :
         {NormOptions{.groups = 4, .eps = 1e-3, .activation = Activation::silu},
          NormOptions{.groups = 2, .eps = 1e-2, .kind = NormKind::tile}}) {
      const at::Tensor y = norm_silu(x, weight, bias, options);
      EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_TRUE(near(y, plain_norm(in, options), 3e-6)) << channels;
      EXPECT_TRUE(
          same_bits(norm_silu(x.narrow(0, 1, 1), weight, bias, options), y.narrow(0, 1, 1)));
    }
  }
}

TEST(Norm, OfChannelsLastMapsKeepsItsDigitsUnderALargeMean) {
  NormInputs in = norm_inputs(1, 4, 32, 32);
  in.x = (in.x + 300).to(at::kFloat).to(at::kDouble);
  const at::Tensor found =
      norm_silu(in.x.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast),
                in.weight.to(at::kFloat), in.bias.to(at::kFloat), {.groups = 2});
  EXPECT_TRUE(near(found, plain_norm(in, {.groups = 2}), 1e-4));
}

TEST(Norm, OfAConstantChannelsLastMapIsTheBias) {
  const at::Tensor x = at::full({1, 4, 6, 6}, 5.0F).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor bias = at::tensor({1.0F, 2.0F, 3.0F, 4.0F});
  const at::Tensor expected = bias.view({1, 4, 1, 1}).expand({1, 4, 6, 6});
  EXPECT_TRUE(near(norm_silu(x, at::ones({4}), bias, {.groups = 2}), expected, 1e-6));
}

TEST(Norm, KeepsTheMemoryFormatAndTheBits) {
  const NormInputs in = norm_inputs(3, 8, 6, 10);
  const NormOptions options{.groups = 4, .kind = NormKind::tile, .tiles = 2};
  const at::Tensor expected = norm_silu(in.x, in.weight, in.bias, options);
  const at::Tensor last =
      norm_silu(in.x.contiguous(at::MemoryFormat::ChannelsLast), in.weight, in.bias, options);
  EXPECT_TRUE(last.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(last.equal(expected));
  const int threads = at::get_num_threads();
  at::set_num_threads(3);
  EXPECT_TRUE(same_bits(norm_silu(in.x, in.weight, in.bias, options), expected));
  at::set_num_threads(threads);
  EXPECT_TRUE(same_bits(norm_silu(in.x.narrow(0, 1, 1), in.weight, in.bias, options),
                        expected.narrow(0, 1, 1)));
}

}  // namespace
}  // namespace gpst
