// Convolutions and matrix products in bfloat16.
#pragma once

namespace gpst {

// For this thread as long as the object lives, when `bfloat16` says so. Gradients follow the types
// of the forward pass, so they are computed outside of it.
class Autocast {
 public:
  explicit Autocast(bool bfloat16);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool active_;
};

}  // namespace gpst
