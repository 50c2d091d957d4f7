// Workspaces of the kernels: the caller owns the memory, a kernel lays out its arrays in it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpst::cpu {
namespace {

// Hands out consecutive pieces of memory; with memory null it only counts.
class Arena {
 public:
  explicit Arena(std::byte* memory) : memory_(memory) {}
  template <class U>
  U* take(int64_t count) {
    std::byte* at = memory_ + used_;
    used_ += (static_cast<size_t>(count) * sizeof(U) + 63) / 64 * 64;
    return reinterpret_cast<U*>(at);
  }
  size_t used() const { return used_; }

 private:
  std::byte* memory_;
  size_t used_ = 0;
};

}  // namespace
}  // namespace gpst::cpu
