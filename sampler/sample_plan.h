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
};

struct Shard {
  int64_t number = 0;  // from 0
  int64_t count = 1;
};

// Picture i has class classes[i mod K] of the K chosen ones. Makes the pictures
// start <= i < start + count whose index is `number` modulo the count of shards.
std::vector<SampleItem> plan_samples(const std::vector<int64_t>& classes, int64_t start,
                                     int64_t count, Shard shard = {});

}  // namespace gpst
