// EmulatedOps itself, with a kernel that can be told from every other. Only linked with emulated
// kernels.
#include "tests/support/emulated_ops.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/render.h"

namespace gpst {
namespace {

at::Tensor fake_render(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  return at::full({tokens.size(0), 1, height, width}, dmax);
}

at::Tensor fake_render_backward(const at::Tensor& /*grad*/, const at::Tensor& tokens, double dmax) {
  return at::full(tokens.sizes(), 2 * dmax);
}

void add_fake_render(torch::Library& library) {
  library.impl("render", fake_render);
  library.impl("render_backward", fake_render_backward);
}

at::Tensor rendered(const at::Tensor& tokens) {
  return render(tokens, {.height = 4, .width = 4, .dmax = 7});
}

TEST(EmulatedOps, ReplacesTheCpuAndRestoresIt) {
  const at::Tensor tokens = at::full({1, 2, 6}, 0.5);
  const at::Tensor before = rendered(tokens);
  testing::internal::CaptureStderr();
  {
    const EmulatedOps scope(add_fake_render);
    EXPECT_TRUE(at::equal(rendered(tokens), at::full({1, 1, 4, 4}, 7.0)));
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(at::equal(before, at::full({1, 1, 4, 4}, 7.0)));
  EXPECT_TRUE(at::equal(rendered(tokens), before));
}

TEST(EmulatedOps, IsReachedThroughAutograd) {
  at::Tensor tokens = at::full({1, 2, 6}, 0.5).requires_grad_();
  const EmulatedOps scope(add_fake_render);
  rendered(tokens).sum().backward();
  EXPECT_TRUE(at::equal(tokens.grad(), at::full({1, 2, 6}, 14.0)));
}

TEST(EmulatedOps, Nests) {
  const at::Tensor tokens = at::full({1, 2, 6}, 0.5);
  const EmulatedOps outer(add_fake_render);
  {
    const EmulatedOps inner([](torch::Library& library) {
      library.impl("render", [](const at::Tensor& t, int64_t, int64_t, double) { return t + 1; });
    });
    EXPECT_TRUE(at::equal(rendered(tokens), tokens + 1));
  }
  EXPECT_EQ(rendered(tokens).size(1), 1);
}

}  // namespace
}  // namespace gpst
