#include "ops/accelerator.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/system.h"

namespace gpst {
namespace {

class PastEvent final : public DeviceEvent {
 public:
  bool is_reached() const override { return true; }
  void wait() const override {}
};

class ImmediateStream final : public DeviceStream {
 public:
  void run(const std::function<void()>& issue) override { issue(); }
  std::shared_ptr<DeviceEvent> record() override { return std::make_shared<PastEvent>(); }
  void wait_for(const DeviceEvent& /*event*/) override {}
  void synchronise() override {}
};

class CalledGraph final : public DeviceGraph {
 public:
  explicit CalledGraph(std::function<void()> work) : work_(std::move(work)) {}
  void replay() override { work_(); }

 private:
  std::function<void()> work_;
};

class ImmediateAccelerator final : public Accelerator {
 public:
  at::Device device() const override { return at::kCPU; }
  std::string name() const override { return cpu_name(); }
  DeviceMemory memory() const override {
    return {.free = available_memory_bytes(), .total = 0, .peak = peak_memory_bytes()};
  }
  void synchronise() override {}
  std::unique_ptr<DeviceStream> make_stream() override {
    return std::make_unique<ImmediateStream>();
  }
  std::unique_ptr<DeviceGraph> capture(DeviceStream& stream,
                                       const std::function<void()>& work) override {
    // Once, as a device would: callers that rely on what is in their tensors afterwards are found.
    stream.run(work);
    return std::make_unique<CalledGraph>(work);
  }
  at::Tensor pinned(at::IntArrayRef shape, at::ScalarType type) override {
    return at::empty(shape, type);
  }
};

struct Registry {
  std::mutex mutex;
  std::map<at::DeviceType, AcceleratorFactory> factories;
  std::map<std::pair<at::DeviceType, int>, std::shared_ptr<Accelerator>> made;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

std::shared_ptr<Accelerator> make_accelerator(const Registry& known, at::Device device) {
  if (device.is_cpu()) return std::make_shared<ImmediateAccelerator>();
  const auto factory = known.factories.find(device.type());
  if (factory == known.factories.end()) {
    throw DeviceError(fmt::format(
        "device {}: nothing that drives such devices is loaded; use a build with CUDA, or the cpu",
        device.str()));
  }
  return factory->second(device);
}

}  // namespace

std::shared_ptr<Accelerator> Accelerator::of(at::Device device) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  const int index = device.has_index() ? device.index() : 0;
  std::shared_ptr<Accelerator>& found = known.made[{device.type(), index}];
  if (!found) found = make_accelerator(known, device);
  return found;
}

void register_accelerator(at::DeviceType type, AcceleratorFactory factory) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  known.factories[type] = std::move(factory);
}

}  // namespace gpst
