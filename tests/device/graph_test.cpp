// The seam of ops/accelerator.h where the kernels are.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/accelerator.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

TEST(DeviceGraph, ReplaysOnWhatItsTensorsHoldThen) {
  const auto accelerator = Accelerator::of(kernel_device());
  const auto stream = accelerator->make_stream();
  at::Tensor x, y;
  stream->run([&] {
    x = at::zeros({5}, at::TensorOptions(kernel_device()));
    y = at::zeros_like(x);
  });
  const auto graph = accelerator->capture(*stream, [=] { y.copy_(at::relu(x * 2 - 1)); });
  for (const double value : {0.25, 3.0}) {
    stream->run([&] {
      x.fill_(value);
      graph->replay();
    });
    stream->synchronise();
    EXPECT_DOUBLE_EQ(y.sum().item<double>(), 5 * std::max(0.0, 2 * value - 1));
  }
}

TEST(DeviceStream, CopiesToPinnedMemoryBehindAnEvent) {
  const auto accelerator = Accelerator::of(kernel_device());
  const auto compute = accelerator->make_stream(), copies = accelerator->make_stream();
  const at::Tensor host = accelerator->pinned({1000}, at::kFloat);
  at::Tensor values;
  compute->run(
      [&] { values = at::arange(1000, at::TensorOptions(kernel_device())).to(at::kFloat); });
  copies->wait_for(*compute->record());
  copies->run([&] { host.copy_(values, /*non_blocking=*/true); });
  const auto copied = copies->record();
  copied->wait();
  EXPECT_TRUE(copied->is_reached());
  EXPECT_DOUBLE_EQ(host.sum().item<double>(), 999 * 1000 / 2);
}

TEST(Accelerator, SaysWhatTheDeviceIs) {
  const auto accelerator = Accelerator::of(kernel_device());
  EXPECT_FALSE(accelerator->name().empty());
  EXPECT_GT(accelerator->memory().free, 0);
}

}  // namespace
}  // namespace gpst
