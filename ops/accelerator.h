// What a computing device does beside arithmetic: streams, events, recorded graphs, pinned memory.
// Code above this seam names no CUDA header and links no CUDA library. On the CPU everything
// happens at once and in order, a graph is a function called again: the same callers run, and are
// tested, without a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gpst {

// A point in a stream: reached when all that was issued before it is done.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
  virtual bool is_reached() const = 0;
  virtual void wait() const = 0;  // the host waits
};

// An order of work on the device. Streams run beside each other; only events order them.
class DeviceStream {
 public:
  virtual ~DeviceStream() = default;
  // Calls `issue`; the tensor operations it makes go to this stream.
  virtual void run(const std::function<void()>& issue) = 0;
  virtual std::shared_ptr<DeviceEvent> record() = 0;
  // What is issued later waits for the event; the host does not.
  virtual void wait_for(const DeviceEvent& event) = 0;
  virtual void synchronise() = 0;  // the host waits
};

// Recorded work that is launched as one piece.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  // Issues the work to the stream that is current (DeviceStream::run).
  virtual void replay() = 0;
};

// In bytes. `peak` is what this process's tensors took at most; 0 where nothing is known.
struct DeviceMemory {
  int64_t free = 0;
  int64_t total = 0;
  int64_t peak = 0;
};

// One device. Thread-safe; shared by all who ask for the same device.
class Accelerator {
 public:
  // DeviceError when no implementation for this kind of device is loaded, or the device is absent.
  static std::shared_ptr<Accelerator> of(at::Device device);

  virtual ~Accelerator() = default;
  virtual at::Device device() const = 0;
  virtual std::string name() const = 0;  // as its maker calls it
  virtual DeviceMemory memory() const = 0;
  virtual void synchronise() = 0;  // the host waits for all streams
  virtual std::unique_ptr<DeviceStream> make_stream() = 0;

  // Records what `work` issues. `work` is called several times (first to warm up, then to record),
  // each on `stream`, so the contents of the tensors it writes are undefined afterwards. It must
  // read and write tensors that live as long as the graph, always of the same shapes, and must not
  // make the host wait.
  virtual std::unique_ptr<DeviceGraph> capture(DeviceStream& stream,
                                               const std::function<void()>& work) = 0;

  // Host memory that copies reach without making the host wait: copy_(..., non_blocking) to and
  // from it is asynchronous in its stream.
  virtual at::Tensor pinned(at::IntArrayRef shape, at::ScalarType type) = 0;
};

// Makes `factory` answer for devices of a kind; it may throw DeviceError. The CUDA library calls
// this when it is loaded.
using AcceleratorFactory = std::function<std::shared_ptr<Accelerator>(at::Device device)>;
void register_accelerator(at::DeviceType type, AcceleratorFactory factory);

}  // namespace gpst
