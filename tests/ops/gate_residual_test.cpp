#include "ops/gate_residual.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::same_bits;
using test::uniform;

TEST(GateResidual, IsTheFormulaInTheTypeOfX) {
  const at::Tensor x = uniform({2, 3, 8}, 1, -1, 1, at::kFloat);
  const at::Tensor gate = uniform({2, 6 * 8}, 2, -1, 1, at::kFloat).narrow(1, 16, 8);
  const at::Tensor y = uniform({2, 3, 8}, 3, -1, 1, at::kFloat);
  const at::Tensor plain = x + gate.unsqueeze(1) * y;
  EXPECT_TRUE(test::near(gate_residual(x, gate, y), plain, 2e-7));
  const at::Tensor small = y.to(at::kBFloat16);
  const at::Tensor mixed = gate_residual(x, gate, small);
  EXPECT_EQ(mixed.scalar_type(), at::kFloat);
  EXPECT_TRUE(test::near(mixed, x + gate.unsqueeze(1) * small.to(at::kFloat), 2e-7));
  const at::Tensor both = gate_residual(x.to(at::kBFloat16), gate, small);
  EXPECT_EQ(both.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(test::near(both, plain, 0.02));
}

TEST(GateResidual, TakesOneGateForAllPictures) {
  const at::Tensor x = uniform({2, 3, 8}, 1, -1, 1, at::kFloat);
  const at::Tensor gate = uniform({1, 8}, 2, -1, 1, at::kFloat);
  EXPECT_TRUE(same_bits(gate_residual(x, gate, x), gate_residual(x, gate.repeat({2, 1}), x)));
}

TEST(GateResidual, KnowsItsShapeOnMeta) {
  const auto on_meta = at::TensorOptions(at::kMeta);
  const at::Tensor x = at::empty({2, 3, 8}, on_meta), gate = at::empty({2, 8}, on_meta);
  EXPECT_EQ(gate_residual(x, gate, x).sizes(), x.sizes());
}

TEST(GateResidual, RefusesWithNamesAndSizes) {
  const at::Tensor x = at::zeros({2, 3, 8}), gate = at::zeros({2, 8});
  const auto message = [](const at::Tensor& tokens, const at::Tensor& row, const at::Tensor& y) {
    return message_of<InputError>([&] { gate_residual(tokens, row, y); });
  };
  EXPECT_EQ(message(x.view({6, 8}), gate, x),
            "gate_residual: x must have the shape [N, l, D], found [6, 8]");
  EXPECT_EQ(message(x, gate, x.narrow(1, 0, 2)),
            "gate_residual: y must have the shape [2, 3, 8], found [2, 2, 8]");
  EXPECT_EQ(message(x, at::zeros({3, 8}), x),
            "gate_residual: gate must have the shape [2, 8] or [1, 8], found [3, 8]");
  EXPECT_EQ(message(x, gate.to(at::kBFloat16), x),
            "gate_residual: gate must be float32, found BFloat16; convert it once");
  EXPECT_EQ(message(x.to(at::kDouble), gate, x),
            "gate_residual: x must be float32 or bfloat16, found Double");
  EXPECT_EQ(message(x.to(at::kBFloat16), gate, x),
            "gate_residual: with x of BFloat16, y must be bfloat16, found Float");
}

}  // namespace
}  // namespace gpst
