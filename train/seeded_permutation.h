// A random permutation that takes no memory: any of its values is computed by itself.
#pragma once

#include <cstdint>

namespace gpst {

// Permutation of 0 .. size-1 made from (seed, number) alone. A Feistel network permutes the
// smallest range 0 .. 4^h - 1 that holds them,
//   (left, right) -> (right, left xor F(round, right)),  halves of h bits, 8 rounds,
// F being the low bits of Philox's block (seed, number, shuffle << 56 | round << 32 | right); what
// falls outside of the size is sent through again until it falls inside. Up to 4 passes on
// average, less than a microsecond each.
class SeededPermutation {
 public:
  // Error (internal) when size is not in 1 .. 2^62.
  SeededPermutation(uint64_t seed, uint64_t number, int64_t size);
  int64_t size() const { return size_; }
  // 0 <= position < size.
  int64_t operator()(int64_t position) const;

 private:
  uint64_t pass(uint64_t value) const;

  uint64_t seed_;
  uint64_t number_;
  int64_t size_;
  int half_bits_ = 1;  // h
};

}  // namespace gpst
