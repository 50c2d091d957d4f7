// Convolutions and matrix products in bfloat16.
#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace gpst {

// On a kind of device, for this thread as long as the object lives, when `bfloat16` says so.
// Gradients follow the types of the forward pass, so they are computed outside of it.
class Autocast {
 public:
  Autocast(bool bfloat16, c10::DeviceType device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool active_;
  c10::DeviceType device_;
};

// What is computed as long as the object lives keeps the type of its arguments.
class WithoutAutocast {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA})};
};

}  // namespace gpst
