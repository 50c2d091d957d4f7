#include "sampler/padded_batch.h"

#include <algorithm>

namespace gpst {

PaddedBatch padded_batch(std::span<const SampleItem> items, int64_t size) {
  PaddedBatch batch;
  for (int64_t i = 0; i < size; ++i) {
    const auto last = static_cast<int64_t>(items.size()) - 1;
    const SampleItem& item = items[static_cast<size_t>(std::min(i, last))];
    batch.layouts.push_back(item.layout_index());
    batch.textures.push_back(item.texture_index());
    batch.labels.push_back(item.label);
  }
  return batch;
}

}  // namespace gpst
