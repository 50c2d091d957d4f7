#include "train/example_order.h"

#include <numeric>
#include <utility>

#include "base/philox.h"

namespace gpst {

ExampleOrder::ExampleOrder(uint64_t seed, int64_t size) : seed_(seed), size_(size) {}

int64_t ExampleOrder::index(int64_t example) {
  const int64_t epoch = epoch_of(example);
  if (epoch != epoch_) {
    order_.resize(static_cast<size_t>(size_));
    std::iota(order_.begin(), order_.end(), int64_t{0});
    PhiloxStream stream(seed_, static_cast<uint64_t>(epoch), Purpose::shuffle);
    for (size_t i = order_.size(); i > 1; --i) {
      std::swap(order_[i - 1], order_[stream.next_below(static_cast<uint32_t>(i))]);
    }
    epoch_ = epoch;
  }
  return order_[static_cast<size_t>(example % size_)];
}

}  // namespace gpst
