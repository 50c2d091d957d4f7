#include "base/error.h"
#include "ops/group_norm_silu.h"
#include "tests/ops/norm_reference.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::check_gradients;
using test::near;
using test::norm_inputs;
using test::NormInputs;
using test::plain_norm;

std::vector<NormOptions> all_variants() {
  std::vector<NormOptions> result;
  for (Activation activation : {Activation::none, Activation::silu}) {
    result.push_back({.groups = 2, .eps = 1e-2, .activation = activation});
    for (int64_t tiles : {1, 2, 3}) {
      result.push_back({.groups = 2,
                        .eps = 1e-2,
                        .kind = NormKind::tile,
                        .tiles = tiles,
                        .activation = activation});
    }
  }
  return result;
}

TEST(NormAutograd, AgreesWithNumericGradients) {
  const NormInputs in = norm_inputs(2, 4, 6, 6);
  for (const NormOptions& options : all_variants()) {
    SCOPED_TRACE(::testing::Message()
                 << "kind " << static_cast<int64_t>(options.kind) << " tiles " << options.tiles);
    check_gradients([&](const auto& t) { return norm_silu(t[0], t[1], t[2], options); },
                    {in.x, in.weight, in.bias}, 1e-5, 1e-7);
  }
}

NormInputs with_gradients(const NormInputs& in, at::ScalarType dtype) {
  const auto leaf = [&](const at::Tensor& t) {
    return t.detach().to(dtype, false, true).requires_grad_();
  };
  return {leaf(in.x), leaf(in.weight), leaf(in.bias)};
}

TEST(NormAutograd, Float32AgreesWithAtenInFloat64) {
  // Long enough for several pieces of a sum, and no multiple of a vector.
  const NormInputs in = norm_inputs(2, 8, 51, 45);
  const at::Tensor direction = test::uniform(in.x.sizes(), 5, -1, 1);
  for (NormOptions options : all_variants()) {
    options.tiles = options.tiles == 2 ? 1 : options.tiles;  // 51 x 45 has 3 x 3 tiles, not 2 x 2
    const NormInputs ours = with_gradients(in, at::kFloat), plain = with_gradients(in, at::kDouble);
    norm_silu(ours.x, ours.weight, ours.bias, options).backward(direction.to(at::kFloat));
    plain_norm(plain, options).backward(direction);
    EXPECT_TRUE(near(ours.x.grad(), plain.x.grad(), 2e-5));
    EXPECT_TRUE(near(ours.weight.grad(), plain.weight.grad(), 2e-5));
    EXPECT_TRUE(near(ours.bias.grad(), plain.bias.grad(), 2e-5));
  }
}

TEST(NormAutograd, PassesNothingThroughTheDeviationOfAConstant) {
  const at::Tensor x = at::full({1, 2, 4, 4}, 5.0).requires_grad_();
  const NormOptions options{.groups = 1, .kind = NormKind::tile, .tiles = 2};
  norm_silu(x, at::ones({2}), at::zeros({2}), options).square().sum().backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
}

TEST(NormAutograd, OfBfloat16IsThatOfFloat32) {
  const NormInputs in = with_gradients(norm_inputs(2, 4, 6, 6), at::kFloat);
  const NormInputs wide = with_gradients(norm_inputs(2, 4, 6, 6), at::kFloat);
  const at::Tensor x = in.x.detach().to(at::kBFloat16).requires_grad_();
  const at::Tensor rounded = x.detach().to(at::kFloat).requires_grad_();
  const at::Tensor direction = test::uniform(in.x.sizes(), 5, -1, 1, at::kBFloat16);
  norm_silu(x, in.weight, in.bias, {.groups = 2}).backward(direction);
  norm_silu(rounded, wide.weight, wide.bias, {.groups = 2}).backward(direction.to(at::kFloat));
  EXPECT_TRUE(test::same_bits(x.grad(), rounded.grad().to(at::kBFloat16)));
  EXPECT_TRUE(test::same_bits(in.weight.grad(), wide.weight.grad()));
}

TEST(NormAutograd, RefusesASecondDerivative) {
  const NormInputs in = with_gradients(norm_inputs(1, 2, 3, 3), at::kDouble);
  norm_silu(in.x, in.weight, in.bias, {.groups = 1})
      .square()
      .sum()
      .backward({}, std::nullopt, /*create_graph=*/true);
  const at::Tensor grad = in.x.grad();
  for (const at::Tensor& t : {in.x, in.weight, in.bias}) t.mutable_grad() = at::Tensor();
  EXPECT_NE(message_of<Error>([&] { grad.sum().backward(); }).find("norm_silu"), std::string::npos);
}

TEST(NormMeta, KnowsTheShapeWithoutData) {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const at::Tensor x = at::empty({2, 8, 6, 6}, meta).requires_grad_();
  const at::Tensor y = norm_silu(x, at::empty({8}, meta), at::empty({8}, meta), {.groups = 4});
  EXPECT_EQ(y.sizes(), x.sizes());
  y.sum().backward();
  EXPECT_EQ(x.grad().sizes(), x.sizes());
}

TEST(NormErrors, NameTheSizes) {
  const at::Tensor x = at::zeros({1, 6, 8, 9}), one = at::ones({6});
  const auto message = [&](const at::Tensor& input, const at::Tensor& weight,
                           const NormOptions& options) {
    return message_of<InputError>([&] { norm_silu(input, weight, one, options); });
  };
  const NormOptions good{.groups = 3};
  EXPECT_NE(message(x[0], one, good).find("[6, 8, 9]"), std::string::npos);
  EXPECT_NE(message(x, at::ones({5}), good).find("[5]"), std::string::npos);
  EXPECT_NE(message(x, one.to(at::kDouble), good).find("Double"), std::string::npos);
  EXPECT_NE(message(x.to(at::kHalf), one, good).find("Half"), std::string::npos);
  EXPECT_NE(
      message(x.to(at::kBFloat16), one.to(at::kBFloat16), good).find("weight must be float32"),
      std::string::npos);
  EXPECT_NE(message(x, one, {.groups = 4}).find("C = 6"), std::string::npos);
  EXPECT_NE(message(x, one, {.groups = 3, .kind = NormKind::tile, .tiles = 2}).find("8 x 9"),
            std::string::npos);
  EXPECT_NE(message(x, one, {.groups = 3, .tiles = 4}).find("tile"), std::string::npos);
  EXPECT_NE(message(x, one, {.groups = 3, .eps = -1}).find("eps"), std::string::npos);
}

}  // namespace
}  // namespace gpst
