// The seam's CPU side: everything at once and in order. What a GPU does with the same calls is
// compared in the tests labelled gpu.
#include "ops/accelerator.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(Accelerator, IsSharedByAllWhoAskForTheSameDevice) {
  EXPECT_EQ(Accelerator::of(at::kCPU), Accelerator::of(at::kCPU));
  EXPECT_EQ(Accelerator::of(at::kCPU)->device(), at::Device(at::kCPU));
  EXPECT_FALSE(Accelerator::of(at::kCPU)->name().empty());
  EXPECT_GT(Accelerator::of(at::kCPU)->memory().peak, 0);
}

TEST(Accelerator, AKindOfDeviceThatNothingDrivesIsRefused) {
  EXPECT_THROW(Accelerator::of(at::Device(at::kXLA, 0)), DeviceError);
}

TEST(Accelerator, ARegisteredFactoryAnswersForItsDevices) {
  const auto cpu = Accelerator::of(at::kCPU);
  int asked = -1;
  register_accelerator(at::kVE, [&](at::Device device) {
    asked = device.index();
    return cpu;
  });
  EXPECT_EQ(Accelerator::of(at::Device(at::kVE, 3)), cpu);
  EXPECT_EQ(asked, 3);
}

TEST(Accelerator, AGraphReadsTheTensorsOfTheTimeOfReplay) {
  const auto accelerator = Accelerator::of(at::kCPU);
  const auto stream = accelerator->make_stream();
  const at::Tensor x = at::zeros({3}), y = at::zeros({3});
  const auto graph = accelerator->capture(*stream, [=] { y.copy_(x + 1); });
  stream->run([&] {
    x.fill_(5);
    graph->replay();
  });
  EXPECT_TRUE(y.equal(at::full({3}, 6.0F)));
}

TEST(Accelerator, CaptureRunsTheWork) {
  const auto accelerator = Accelerator::of(at::kCPU);
  const auto stream = accelerator->make_stream();
  int calls = 0;
  const auto graph = accelerator->capture(*stream, [&] { ++calls; });
  EXPECT_GE(calls, 1);
  const int before = calls;
  graph->replay();
  EXPECT_EQ(calls, before + 1);
}

TEST(Accelerator, EventsOfTheCpuAreReachedWhenRecorded) {
  const auto stream = Accelerator::of(at::kCPU)->make_stream();
  const auto event = stream->record();
  EXPECT_TRUE(event->is_reached());
  event->wait();
  stream->wait_for(*event);
  stream->synchronise();
}

TEST(Accelerator, PinnedMemoryIsOnTheHost) {
  const at::Tensor buffer = Accelerator::of(at::kCPU)->pinned({2, 3}, at::kByte);
  EXPECT_TRUE(buffer.device().is_cpu());
  EXPECT_EQ(buffer.sizes(), at::IntArrayRef({2, 3}));
  EXPECT_EQ(buffer.scalar_type(), at::kByte);
}

}  // namespace
}  // namespace gpst
