// The renderer's results do not depend on the order in which the threads of a block run. Only
// linked with emulated kernels, which can choose it.
#include <gtest/gtest.h>

#include "cuda/emulator/options.h"
#include "ops/render.h"
#include "tests/ops/support.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using emulator::Order;
using test::same_bits;
using test::uniform;

struct Result {
  at::Tensor map, grad;
};

Result run(const emulator::Options& options) {
  const emulator::OptionsScope scope(options);
  const at::Tensor tokens =
      at::cat({uniform({2, 150, 2}, 1, 0.05, 0.6), uniform({2, 150, 1}, 2, -0.9, 0.9),
               uniform({2, 150, 2}, 3, -1, 1), uniform({2, 150, 16}, 4, -1, 1)},
              2)
          .to(at::kFloat)
          .requires_grad_();
  return on_kernels([&] {
    const at::Tensor map = render(tokens, {21, 26});
    map.backward(uniform({2, 16, 21, 26}, 9, -1, 1, at::kFloat));
    return Result{map.detach(), tokens.grad()};
  });
}

TEST(RenderThreadOrder, ChangesNoBit) {
  const Result forward = run({});
  for (const emulator::Options& options :
       {emulator::Options{.order = Order::reverse},
        emulator::Options{.order = Order::shuffled, .seed = 7}}) {
    const Result other = run(options);
    EXPECT_TRUE(same_bits(other.map, forward.map));
    EXPECT_TRUE(same_bits(other.grad, forward.grad));
  }
}

}  // namespace
}  // namespace gpst
