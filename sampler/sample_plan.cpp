#include "sampler/sample_plan.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/philox.h"

namespace gpst {

std::vector<SampleItem> plan_samples(const std::vector<int64_t>& classes, int64_t start,
                                     int64_t count) {
  const auto cycle = static_cast<int64_t>(classes.size());
  std::map<int64_t, int64_t> per_cycle;  // how often a class stands in the list
  std::vector<int64_t> before;           // how often the class of a place stands ahead of it
  for (const int64_t label : classes) before.push_back(per_cycle[label]++);
  std::vector<SampleItem> items;
  for (int64_t index = start; index < start + count; ++index) {
    const auto place = static_cast<size_t>(index % cycle);
    const int64_t label = classes[place];
    items.push_back({index, label, index / cycle * per_cycle[label] + before[place]});
  }
  return items;
}

std::vector<SampleItem> plan_random_samples(const std::vector<int64_t>& classes, int64_t start,
                                            int64_t count, uint64_t seed) {
  const auto kinds = static_cast<uint32_t>(classes.size());
  std::map<int64_t, int64_t> so_far;  // pictures of a class, from index 0
  std::vector<SampleItem> items;
  for (int64_t index = 0; index < start + count; ++index) {
    PhiloxStream stream(seed, static_cast<uint64_t>(index), Purpose::label);
    const int64_t label = classes[stream.next_below(kinds)];
    const int64_t nth = so_far[label]++;
    if (index >= start) items.push_back({index, label, nth});
  }
  return items;
}

void share_with_first(std::vector<SampleItem>& items, Shared what) {
  std::map<int64_t, int64_t> firsts;  // of a class
  for (SampleItem& item : items) {
    const int64_t first = firsts.try_emplace(item.label, item.index).first->second;
    if (what == Shared::layout) item.layout_of = first;
    if (what == Shared::texture) item.texture_of = first;
  }
}

std::vector<SampleItem> select_shard(const std::vector<SampleItem>& items, Shard shard) {
  std::vector<SampleItem> selected;
  std::ranges::copy_if(items, std::back_inserter(selected), [&](const SampleItem& item) {
    return item.index % shard.count == shard.number;
  });
  return selected;
}

}  // namespace gpst
