// Convolutions and matrix products in bfloat16.
#pragma once

#include <c10/core/DeviceType.h>

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

}  // namespace gpst
