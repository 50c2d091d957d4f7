#include "base/error.h"
#include "ops/render.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::check_gradients;
using test::uniform;

at::Tensor tokens_inside(int64_t batch, int64_t count, int64_t channels) {
  return at::cat(
      {uniform({batch, count, 2}, 1, 0.1, 0.5), uniform({batch, count, 1}, 2, -0.9, 0.9),
       uniform({batch, count, 2}, 3, -0.8, 0.8), uniform({batch, count, channels}, 4, -1, 1)},
      2);
}

TEST(RenderAutograd, AgreesWithNumericGradients) {
  for (int64_t channels : {1, 4, 17}) {
    check_gradients([](const auto& in) { return render(in[0], {.height = 11, .width = 8}); },
                    {tokens_inside(2, 5, channels)});
  }
}

TEST(RenderAutograd, AgreesWithNumericGradientsNearTheLimitOfRho) {
  at::Tensor tokens = tokens_inside(1, 4, 3);
  tokens.select(2, 2).copy_(at::tensor({0.99, -0.99, 0.999, -0.9}, at::kDouble).view({1, 4}));
  check_gradients([](const auto& in) { return render(in[0], {.height = 16, .width = 16}); },
                  {tokens}, 1e-7, 1e-6);
}

TEST(RenderAutograd, AcceptsAStridedGradient) {
  const at::Tensor tokens = tokens_inside(1, 5, 3).requires_grad_();
  const at::Tensor plain = tokens.detach().clone().requires_grad_();
  const at::Tensor direction = uniform({1, 8, 8, 3}, 9, -1, 1).permute({0, 3, 1, 2});
  render(tokens, {8, 8}).backward(direction);
  render(plain, {8, 8}).backward(direction.contiguous());
  EXPECT_TRUE(tokens.grad().equal(plain.grad()));
}

TEST(RenderAutograd, TracksNothingWithoutNeed) {
  EXPECT_FALSE(render(tokens_inside(1, 2, 1), {8, 8}).requires_grad());
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(render(tokens_inside(1, 2, 1).requires_grad_(), {8, 8}).requires_grad());
}

TEST(RenderAutograd, RefusesASecondDerivative) {
  const at::Tensor tokens = tokens_inside(1, 2, 1).requires_grad_();
  render(tokens, {8, 8}).square().sum().backward({}, std::nullopt, /*create_graph=*/true);
  const at::Tensor grad = tokens.grad();
  tokens.mutable_grad() = at::Tensor();
  EXPECT_NE(message_of<Error>([&] { grad.sum().backward(); }).find("render"), std::string::npos);
}

TEST(RenderMeta, KnowsTheShapeWithoutData) {
  const auto meta = at::TensorOptions().device(at::kMeta).dtype(at::kDouble);
  const at::Tensor tokens = at::empty({3, 10, 21}, meta).requires_grad_();
  const at::Tensor map = render(tokens, {.height = 8, .width = 6, .dmax = 3, .tiles = 2});
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{3, 16, 16, 12}));
  EXPECT_EQ(map.scalar_type(), at::kDouble);
  map.sum().backward();
  EXPECT_EQ(tokens.grad().sizes(), tokens.sizes());
}

TEST(RenderErrors, NameTheSizes) {
  const auto message = [](const at::Tensor& tokens, const RenderOptions& options) {
    return message_of<InputError>([&] { render(tokens, options); });
  };
  EXPECT_NE(message(at::zeros({4, 21}), {}).find("[4, 21]"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 5}), {}).find("found 5"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 8}, at::kHalf), {}).find("Half"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 8}), {.height = 0}).find("height"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 8}), {.width = -2}).find("-2"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 8}), {.dmax = 0}).find("dmax"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 4, 8}), {.tiles = 0}).find("tiles"), std::string::npos);
}

}  // namespace
}  // namespace gpst
