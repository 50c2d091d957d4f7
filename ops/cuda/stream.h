// Where a host function launches its kernels: the device of its tensors becomes the current one for
// as long as this lives, and get() is that device's current stream.
//   const OpStream stream(tokens);
//   cuda::splat_forward(..., stream.get());
// Two sources define it: stream_cuda.cpp for devices, stream_emulated.cpp for emulated kernels,
// whose only stream is null.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/DeviceGuard.h>

#include "cuda/stream.h"

namespace gpst {

class OpStream {
 public:
  explicit OpStream(const at::Tensor& tensor);
  cuda::Stream get() const { return stream_; }

 private:
  c10::DeviceGuard guard_;
  cuda::Stream stream_;
};

}  // namespace gpst
