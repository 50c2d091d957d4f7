#include "ops/layer_norm_modulate.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "ops/gate_residual.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

// Two pictures of three tokens; shift, scale and gate are slices of one tensor.
struct Block {
  at::Tensor x = uniform({2, 3, 16}, 1, -2, 2, at::kFloat);
  at::Tensor y = uniform({2, 3, 16}, 2, -2, 2, at::kFloat);
  at::Tensor all = uniform({2, 6 * 16}, 3, -1, 1, at::kFloat);
  at::Tensor shift = all.narrow(1, 0, 16), scale = all.narrow(1, 16, 16),
             gate = all.narrow(1, 32, 16);
};

at::Tensor formula(const Block& b, const at::Tensor& x_in) {
  const at::Tensor x = x_in.to(at::kDouble), mean = x.mean(2, true);
  const at::Tensor variance = (x - mean).square().mean(2, true);
  return (x - mean) / (variance + kSitNormEps).sqrt() * (b.scale.unsqueeze(1).to(at::kDouble) + 1) +
         b.shift.unsqueeze(1);
}

TEST(LayerNormModulate, IsTheFormula) {
  const Block b;
  EXPECT_TRUE(near(layer_norm_modulate(b.x, b.shift, b.scale), formula(b, b.x), 1e-6));
}

TEST(LayerNormModulate, ChoosesTheTypeOfItsResult) {
  const Block b;
  const at::Tensor small = layer_norm_modulate(b.x, b.shift, b.scale, kSitNormEps, at::kBFloat16);
  EXPECT_EQ(small.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(same_bits(small, layer_norm_modulate(b.x, b.shift, b.scale).to(at::kBFloat16)));
  const at::Tensor stored = b.x.to(at::kBFloat16);
  EXPECT_EQ(layer_norm_modulate(stored, b.shift, b.scale).scalar_type(), at::kBFloat16);
}

TEST(LayerNormModulate, BehindAResidualIsBothOps) {
  const Block b;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor y = b.y.to(type);
    const ResidualAndNorm both = gate_residual_norm(b.x, b.gate, y, b.shift, b.scale);
    const at::Tensor sum = gate_residual(b.x, b.gate, y);
    EXPECT_TRUE(same_bits(both.sum, sum));
    EXPECT_TRUE(
        same_bits(both.norm, layer_norm_modulate(sum, b.shift, b.scale, kSitNormEps, type)));
  }
}

TEST(LayerNormModulate, TakesOneRowForAllPictures) {
  const Block b;
  const at::Tensor shift = b.shift.narrow(0, 0, 1), scale = b.scale.narrow(0, 0, 1);
  EXPECT_TRUE(same_bits(layer_norm_modulate(b.x, shift, scale),
                        layer_norm_modulate(b.x, shift.repeat({2, 1}), scale.repeat({2, 1}))));
}

TEST(LayerNormModulate, KnowsItsShapeOnMeta) {
  const auto on_meta = at::TensorOptions(at::kMeta);
  const at::Tensor x = at::empty({2, 3, 8}, on_meta), row = at::empty({2, 8}, on_meta);
  const at::Tensor norm = layer_norm_modulate(x, row, row, kSitNormEps, at::kBFloat16);
  EXPECT_EQ(norm.sizes(), x.sizes());
  EXPECT_EQ(norm.scalar_type(), at::kBFloat16);
  EXPECT_EQ(gate_residual_norm(x, row, x, row, row).norm.sizes(), x.sizes());
}

TEST(LayerNormModulate, RefusesWithNamesAndSizes) {
  const Block b;
  EXPECT_EQ(
      message_of<InputError>([&] { layer_norm_modulate(b.x, b.shift, b.scale.narrow(1, 0, 8)); }),
      "layer_norm_modulate: scale must have the shape [2, 16] or [1, 16], found [2, 8]");
  EXPECT_EQ(message_of<InputError>([&] { layer_norm_modulate(b.x, b.shift, b.scale, 0); }),
            "layer_norm_modulate: eps must be positive, found 0");
  EXPECT_EQ(message_of<InputError>([&] {
              layer_norm_modulate(b.x.to(at::kBFloat16), b.shift, b.scale, kSitNormEps, at::kFloat);
            }),
            "layer_norm_modulate: with x of BFloat16, the result must be bfloat16, found Float");
  const at::Tensor wide = at::zeros({1, 1, 4097}), row = at::zeros({1, 4097});
  EXPECT_EQ(message_of<InputError>([&] { layer_norm_modulate(wide, row, row); }),
            "layer_norm_modulate: the last size of x must be at most 4096, found 4097");
  EXPECT_EQ(message_of<InputError>(
                [&] { gate_residual_norm(b.x, b.gate, b.y.requires_grad_(), b.shift, b.scale); }),
            "gate_residual_norm: an input needs a gradient, and this op has none; call it under "
            "at::NoGradGuard");
}

}  // namespace
}  // namespace gpst
