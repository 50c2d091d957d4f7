#include "train/seeded_permutation.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/philox.h"

namespace gpst {
namespace {

// Four would do for large ranges; a range of a few bits needs more to mix.
constexpr uint64_t kRounds = 8;
constexpr int kMostHalfBits = 31;

}  // namespace

SeededPermutation::SeededPermutation(uint64_t seed, uint64_t number, int64_t size)
    : seed_(seed), number_(number), size_(size) {
  if (size < 1 || size > int64_t{1} << (2 * kMostHalfBits)) {
    throw Error(ExitCode::internal, fmt::format("no permutation of {} positions", size));
  }
  while (int64_t{1} << (2 * half_bits_) < size) ++half_bits_;
}

uint64_t SeededPermutation::pass(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_, right = value & mask;
  for (uint64_t round = 0; round < kRounds; ++round) {
    const uint64_t block = static_cast<uint64_t>(Purpose::shuffle) << 56 | round << 32 | right;
    const uint64_t mixed = philox4x32(seed_, number_, block)[0];
    const uint64_t next = left ^ (mixed & mask);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

int64_t SeededPermutation::operator()(int64_t position) const {
  // Every cycle of the larger permutation through `position` comes back to it, so this ends.
  auto value = static_cast<uint64_t>(position);
  do {
    value = pass(value);
  } while (value >= static_cast<uint64_t>(size_));
  return static_cast<int64_t>(value);
}

}  // namespace gpst
