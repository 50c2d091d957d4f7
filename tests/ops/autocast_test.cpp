#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include "ops/group_norm_silu.h"
#include "ops/render.h"
#include "ops/roi_align.h"

namespace gpst {
namespace {

class Autocast : public ::testing::Test {
 protected:
  void SetUp() override {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  void TearDown() override {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
};

// bfloat16 goes in as a convolution under autocast hands it over; the op computes in float32.
TEST_F(Autocast, ops_compute_in_float32) {
  const at::Tensor x = at::randn({1, 4, 6, 6}).to(at::kBFloat16);
  const at::Tensor weight = at::randn({4}), bias = at::randn({4});
  const NormOptions norm{.groups = 2, .activation = Activation::silu};
  EXPECT_TRUE(
      at::equal(norm_silu(x, weight, bias, norm), norm_silu(x.to(at::kFloat), weight, bias, norm)));
  const at::Tensor boxes = at::tensor({0.f, 0.f, 4.f, 5.f}).view({1, 4});
  EXPECT_TRUE(at::equal(roi_align(x, boxes, 1, 2), roi_align(x.to(at::kFloat), boxes, 1, 2)));
  const at::Tensor tokens = at::tensor({0.5f, 0.25f, 0.125f, 0.f, 0.25f, 1.f}).view({1, 1, 6});
  const RenderOptions canvas{.height = 4, .width = 4};
  EXPECT_TRUE(at::equal(render(tokens.to(at::kBFloat16), canvas), render(tokens, canvas)));
}

TEST_F(Autocast, gradients_come_back_in_the_input_type) {
  const at::Tensor x = at::randn({1, 4, 6, 6}).to(at::kBFloat16).requires_grad_();
  const at::Tensor weight = at::randn({4}), bias = at::randn({4});
  norm_silu(x, weight, bias, {.groups = 2}).sum().backward();
  EXPECT_EQ(x.grad().scalar_type(), at::kBFloat16);
}

}  // namespace
}  // namespace gpst
