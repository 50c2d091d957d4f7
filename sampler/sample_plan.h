// Which pictures a call of the sampler makes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace gpst {

// One picture. All that is random in it follows from its index, or those of the pictures it shares
// something with, and the seeds.
struct SampleItem {
  int64_t index = 0;  // names the file: 000000.png
  int64_t label = 0;  // class
  int64_t nth = 0;    // it is the nth picture (from 0) of its class, counted from index 0
  // The first picture of its class, whose layout or texture noise it has; without: its own.
  std::optional<int64_t> layout_of = {}, texture_of = {};

  int64_t layout_index() const { return layout_of.value_or(index); }
  int64_t texture_index() const { return texture_of.value_or(index); }
  int64_t layout_nth() const { return layout_of ? 0 : nth; }  // of a store

  bool operator==(const SampleItem&) const = default;
};

// What all pictures of a class have in common.
enum class Shared { none, layout, texture };

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

// Lets the pictures of a class share with its first one, of index 0 or later: `items` begin there.
void share_with_first(std::vector<SampleItem>& items, Shared what);

// Those whose index is shard.number modulo shard.count.
std::vector<SampleItem> select_shard(const std::vector<SampleItem>& items, Shard shard);

}  // namespace gpst
