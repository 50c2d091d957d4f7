#include "sampler/sample_plan.h"

#include <algorithm>

namespace gpst {

std::vector<SampleItem> plan_samples(const std::vector<int64_t>& classes, int64_t start,
                                     int64_t count, Shard shard) {
  const auto cycle = static_cast<int64_t>(classes.size());
  std::vector<SampleItem> items;
  for (int64_t index = start; index < start + count; ++index) {
    if (index % shard.count != shard.number) continue;
    const int64_t place = index % cycle;
    const int64_t label = classes[static_cast<size_t>(place)];
    // A class may be named several times in the list.
    const int64_t in_cycle = std::count(classes.begin(), classes.end(), label);
    const int64_t before = std::count(classes.begin(), classes.begin() + place, label);
    items.push_back({index, label, index / cycle * in_cycle + before});
  }
  return items;
}

}  // namespace gpst
