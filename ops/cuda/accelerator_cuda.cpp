// CUDA behind ops/accelerator.h; registers itself when the library is loaded.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <fmt/format.h>

#include "base/error.h"
#include "ops/accelerator.h"

namespace gpst {
namespace {

class CudaEvent final : public DeviceEvent {
 public:
  explicit CudaEvent(const c10::cuda::CUDAStream& stream) { event_.record(stream); }
  bool is_reached() const override { return event_.query(); }
  void wait() const override { event_.synchronize(); }
  void block(const c10::cuda::CUDAStream& stream) const { event_.block(stream); }

 private:
  // LibTorch's waiting members are not const, though they leave the event as it is.
  mutable at::cuda::CUDAEvent event_{cudaEventDisableTiming};
};

class CudaStream final : public DeviceStream {
 public:
  explicit CudaStream(c10::DeviceIndex device)
      : stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)) {}
  void run(const std::function<void()>& issue) override {
    const c10::cuda::CUDAStreamGuard guard(stream_);
    issue();
  }
  std::shared_ptr<DeviceEvent> record() override { return std::make_shared<CudaEvent>(stream_); }
  void wait_for(const DeviceEvent& event) override {
    dynamic_cast<const CudaEvent&>(event).block(stream_);
  }
  void synchronise() override { stream_.synchronize(); }

 private:
  c10::cuda::CUDAStream stream_;
};

class CudaGraph final : public DeviceGraph {
 public:
  explicit CudaGraph(const std::function<void()>& work) : work_(work) {
    // Other threads may use CUDA meanwhile: only this thread's calls belong to the graph.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      abandon();
      throw;
    }
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  // Ends a capture that failed, so that the stream can be used again.
  void abandon() noexcept {
    try {
      graph_.capture_end();
    } catch (...) {  // the error that broke the capture is the one to tell
    }
  }

  std::function<void()> work_;  // holds the tensors that the recorded addresses belong to
  at::cuda::CUDAGraph graph_;
};

class CudaAccelerator final : public Accelerator {
 public:
  explicit CudaAccelerator(c10::DeviceIndex index) : index_(index) {}

  at::Device device() const override { return {at::kCUDA, index_}; }

  std::string name() const override { return at::cuda::getDeviceProperties(index_)->name; }

  DeviceMemory memory() const override {
    const c10::cuda::CUDAGuard guard(index_);
    size_t free = 0, total = 0;
    C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(index_);
    const auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    // What LibTorch holds back without using it is free for tensors.
    const int64_t idle = stats.reserved_bytes[all].current - stats.allocated_bytes[all].current;
    return {.free = static_cast<int64_t>(free) + idle,
            .total = static_cast<int64_t>(total),
            .peak = stats.allocated_bytes[all].peak};
  }

  void synchronise() override {
    const c10::cuda::CUDAGuard guard(index_);
    c10::cuda::device_synchronize();
  }

  std::unique_ptr<DeviceStream> make_stream() override {
    return std::make_unique<CudaStream>(index_);
  }

  std::unique_ptr<DeviceGraph> capture(DeviceStream& stream,
                                       const std::function<void()>& work) override {
    // Before recording, libraries choose their algorithms and make their workspaces, which a
    // capture would refuse.
    constexpr int kWarmUps = 2;
    std::unique_ptr<DeviceGraph> graph;
    stream.run([&] {
      for (int i = 0; i < kWarmUps; ++i) work();
    });
    stream.synchronise();
    stream.run([&] { graph = std::make_unique<CudaGraph>(work); });
    return graph;
  }

  at::Tensor pinned(at::IntArrayRef shape, at::ScalarType type) override {
    return at::empty(shape, at::TensorOptions(type).pinned_memory(true));
  }

 private:
  c10::DeviceIndex index_;
};

std::shared_ptr<Accelerator> cuda_accelerator(at::Device device) {
  const int count = c10::cuda::device_count();
  const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
  if (index >= count) {
    throw DeviceError(fmt::format(
        "device cuda:{}: this machine has {} CUDA devices, numbered from 0", index, count));
  }
  return std::make_shared<CudaAccelerator>(index);
}

const bool kRegistered = [] {
  // float32 means float32: cuDNN takes TF32 otherwise, which keeps 10 bits of every factor.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  register_accelerator(at::kCUDA, cuda_accelerator);
  return true;
}();

}  // namespace
}  // namespace gpst
