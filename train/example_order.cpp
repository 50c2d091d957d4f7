#include "train/example_order.h"

#include "train/seeded_permutation.h"

namespace gpst {

int64_t ExampleOrder::index(int64_t example) const {
  const auto epoch = static_cast<uint64_t>(epoch_of(example));
  return SeededPermutation(seed_, epoch, size_)(example % size_);
}

}  // namespace gpst
