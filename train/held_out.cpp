#include "train/held_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "image/picture_source.h"

namespace gpst {

HeldOutSplit split_held_out(const PictureSource& source, int64_t count) {
  if (count >= source.size()) {
    throw InputError(fmt::format("{} pictures cannot be held out of {}; lower data.held_out", count,
                                 source.size()));
  }
  // Per class in the order of a hash of the name: a random choice that needs no generator.
  std::map<std::string, std::vector<std::pair<uint64_t, int64_t>>> classes;
  for (int64_t i = 0; i < source.size(); ++i) {
    const auto& item = source.item(i);
    const uint64_t hash = std::stoull(xxh3_hex(item.relative_path), nullptr, 16);
    classes[item.label_part].emplace_back(hash, i);
  }
  HeldOutSplit split;
  for (auto& [label, pictures] : classes) std::ranges::sort(pictures);
  // Rounds: one of every class, until there are enough.
  for (size_t round = 0; static_cast<int64_t>(split.held_out.size()) < count; ++round) {
    for (const auto& [label, pictures] : classes) {
      if (round < pictures.size() && static_cast<int64_t>(split.held_out.size()) < count) {
        split.held_out.push_back(pictures[round].second);
      }
    }
  }
  std::ranges::sort(split.held_out);
  for (int64_t i = 0; i < source.size(); ++i) {
    if (!std::ranges::binary_search(split.held_out, i)) split.train.push_back(i);
  }
  return split;
}

}  // namespace gpst
