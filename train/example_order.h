// In which order a training run sees its data.
#pragma once

#include <cstdint>
#include <vector>

namespace gpst {

// Example number n (0, 1, ... through the whole training) is position n mod size of epoch
// n / size; every epoch is a shuffle of its own, made from the seed and the epoch alone.
// Not thread-safe.
class ExampleOrder {
 public:
  ExampleOrder(uint64_t seed, int64_t size);
  int64_t index(int64_t example);
  int64_t epoch_of(int64_t example) const { return example / size_; }

 private:
  uint64_t seed_;
  int64_t size_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
};

}  // namespace gpst
