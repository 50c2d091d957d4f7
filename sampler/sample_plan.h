// Which pictures a call of the sampler makes.
#pragma once

#include <cstdint>
#include <vector>

namespace gpst {

// One picture. All that is random in it follows from its index and the seeds.
struct SampleItem {
  int64_t index = 0;  // names the file: 000000.png
  int64_t label = 0;  // class
  int64_t nth = 0;    // it is the nth picture (from 0) of its class, counted from index 0

  bool operator==(const SampleItem&) const = default;
};

struct Shard {
  int64_t number = 0;  // from 0
  int64_t count = 1;
};

// The pictures start <= i < start + count; picture i has class classes[i mod K] of the K chosen
// ones. A class may be chosen several times.
std::vector<SampleItem> plan_samples(const std::vector<int64_t>& classes, int64_t start,
                                     int64_t count);

// The same pictures with classes drawn uniformly: that of picture i follows from the seed and i.
std::vector<SampleItem> plan_random_samples(const std::vector<int64_t>& classes, int64_t start,
                                            int64_t count, uint64_t seed);

// Those whose index is shard.number modulo shard.count.
std::vector<SampleItem> select_shard(const std::vector<SampleItem>& items, Shard shard);

}  // namespace gpst
