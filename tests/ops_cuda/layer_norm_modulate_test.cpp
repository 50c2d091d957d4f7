// The element-wise parts of a SiT block as kernels against the CPU's.
#include "ops/layer_norm_modulate.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "ops/gate_residual.h"
#include "tests/ops/support.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

struct Block {
  at::Tensor x, y;                // [N,l,D]
  at::Tensor gate, shift, scale;  // [N or 1,D]

  Block on_kernels() const {
    return {to_kernels(x), to_kernels(y), to_kernels(gate), to_kernels(shift), to_kernels(scale)};
  }
};

Block block_of(int64_t width, at::ScalarType type_x, at::ScalarType type_y) {
  const at::Tensor all = uniform({2, 6 * width}, 3, -1, 1, at::kFloat);
  return {.x = uniform({2, 3, width}, 1, -2, 3, type_x),
          .y = uniform({2, 3, width}, 2, -2, 2, type_y),
          .gate = all.narrow(1, 0, width),
          .shift = all.narrow(1, width, width),
          .scale = all.narrow(1, 2 * width, width)};
}

using Function = std::function<std::vector<at::Tensor>(const Block&)>;

// Tolerance by the type of each result.
void expect_same(const Block& block, const Function& f) {
  const std::vector<at::Tensor> expected = f(block);
  const std::vector<at::Tensor> actual = on_kernels([&] { return f(block.on_kernels()); });
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].scalar_type(), expected[i].scalar_type());
    const double tolerance = actual[i].scalar_type() == at::kFloat ? 2e-6 : 1.0 / 128;
    EXPECT_TRUE(near(actual[i].cpu(), expected[i], tolerance)) << "result " << i;
  }
}

std::vector<at::Tensor> all_ops(const Block& b) {
  const ResidualAndNorm both = gate_residual_norm(b.x, b.gate, b.y, b.shift, b.scale);
  return {layer_norm_modulate(b.x, b.shift, b.scale),
          layer_norm_modulate(b.x, b.shift, b.scale, 1e-3, at::kBFloat16),
          gate_residual(b.x, b.gate, b.y), both.sum, both.norm};
}

TEST(SitBlockCuda, IsTheCpusForAllTypesAndWidths) {
  for (const int64_t width : {1, 30, 64, 1152, 2050}) {
    expect_same(block_of(width, at::kFloat, at::kFloat), all_ops);
    expect_same(block_of(width, at::kFloat, at::kBFloat16), all_ops);
    expect_same(block_of(width, at::kBFloat16, at::kBFloat16), all_ops);
  }
}

TEST(SitBlockCuda, TakesModulationOfAnyStrides) {
  Block block = block_of(24, at::kFloat, at::kFloat);
  for (at::Tensor* rows : {&block.gate, &block.shift, &block.scale}) {
    *rows = rows->narrow(0, 1, 1);  // for all pictures
  }
  expect_same(block, all_ops);
  for (at::Tensor* rows : {&block.gate, &block.shift, &block.scale}) {
    *rows = uniform({24, 2}, 7, -1, 1, at::kFloat).transpose(0, 1);
  }
  expect_same(block, all_ops);
}

TEST(SitBlockCuda, TakesTokensWithGapsAndNone) {
  Block block = block_of(24, at::kFloat, at::kFloat);
  block.x = uniform({2, 24, 3}, 8, -1, 1, at::kFloat).transpose(1, 2);
  expect_same(block, all_ops);
  block.x = block.x.narrow(1, 0, 0);
  block.y = block.y.narrow(1, 0, 0);
  const std::vector<at::Tensor> none = on_kernels([&] { return all_ops(block.on_kernels()); });
  EXPECT_EQ(none.front().sizes(), (at::IntArrayRef{2, 0, 24}));
}

TEST(SitBlockCuda, PassesNaNOnAsTheCpuDoes) {
  Block block = block_of(32, at::kFloat, at::kBFloat16);
  block.x[0][1][4] = std::numeric_limits<float>::quiet_NaN();
  block.y[1][2][0] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<at::Tensor> expected = all_ops(block);
  const std::vector<at::Tensor> actual = on_kernels([&] { return all_ops(block.on_kernels()); });
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(actual[i].cpu().isnan().equal(expected[i].isnan())) << "result " << i;
  }
}

TEST(SitBlockCuda, BehindAResidualIsBothOpsToTheBit) {
  const Block block = block_of(96, at::kFloat, at::kBFloat16);
  on_kernels([&] {
    const Block b = block.on_kernels();
    const ResidualAndNorm both = gate_residual_norm(b.x, b.gate, b.y, b.shift, b.scale);
    const at::Tensor sum = gate_residual(b.x, b.gate, b.y);
    EXPECT_TRUE(same_bits(both.sum.cpu(), sum.cpu()));
    const at::Tensor norm = layer_norm_modulate(sum, b.shift, b.scale, kSitNormEps, at::kBFloat16);
    EXPECT_TRUE(same_bits(both.norm.cpu(), norm.cpu()));
  });
}

}  // namespace
}  // namespace gpst
