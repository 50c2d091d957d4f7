#include "eval/numpy_random.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "base/error.h"

namespace gpst {
namespace {

constexpr int kMiddle = 397;  // MT19937's m
constexpr uint32_t kUpper = 0x80000000u;
constexpr uint32_t kLower = 0x7fffffffu;

uint32_t twist(uint32_t high, uint32_t low) {
  const uint32_t y = (high & kUpper) | (low & kLower);
  return (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0u);
}

}  // namespace

NumpyRandomState::NumpyRandomState(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
}

void NumpyRandomState::refill() {
  for (int i = 0; i < kWords; ++i) {
    state_[i] = state_[(i + kMiddle) % kWords] ^ twist(state_[i], state_[(i + 1) % kWords]);
  }
  next_ = 0;
}

uint32_t NumpyRandomState::next_u32() {
  if (next_ == kWords) refill();
  uint32_t y = state_[next_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

uint64_t NumpyRandomState::interval(uint64_t max) {
  if (max == 0) return 0;
  uint64_t mask = max;
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  while (true) {
    uint64_t value = next_u32();
    if (max > 0xffffffffu) value = value << 32 | next_u32();
    if ((value & mask) <= max) return value & mask;
  }
}

std::vector<int64_t> NumpyRandomState::permutation(int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[interval(i)]);
  return order;
}

std::vector<int64_t> NumpyRandomState::choice(int64_t n, int64_t k) {
  if (k < 0 || k > n) {
    throw InputError(fmt::format("cannot choose {} of {} without replacement", k, n));
  }
  std::vector<int64_t> order = permutation(n);
  order.resize(k);
  return order;
}

}  // namespace gpst
