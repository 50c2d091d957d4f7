// How many threads LibTorch computes with, for a while.
#pragma once

#include <ATen/Parallel.h>

namespace gpst {

// For as long as it lives, operations of the calling thread use this many threads; then as many as
// before.
class LibtorchThreads {
 public:
  explicit LibtorchThreads(int threads) : before_(at::get_num_threads()) { set(threads); }
  ~LibtorchThreads() { set(before_); }
  LibtorchThreads(const LibtorchThreads&) = delete;
  LibtorchThreads& operator=(const LibtorchThreads&) = delete;

 private:
  static void set(int threads) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
  }

  int before_;
};

}  // namespace gpst
