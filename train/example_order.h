// In which order a training run sees its data.
#pragma once

#include <cstdint>

namespace gpst {

// Example number n (0, 1, ... through the whole training) is position n mod size of epoch
// n / size; every epoch is a permutation of its own (seeded_permutation.h), made from the seed and
// the epoch alone and never held in memory. Thread-safe.
class ExampleOrder {
 public:
  ExampleOrder(uint64_t seed, int64_t size) : seed_(seed), size_(size) {}
  int64_t index(int64_t example) const;
  int64_t epoch_of(int64_t example) const { return example / size_; }

 private:
  uint64_t seed_;
  int64_t size_;
};

}  // namespace gpst
