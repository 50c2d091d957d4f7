#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sampler/sample_plan.h"

namespace gpst {

// Indices of the noise and labels of a batch of fixed size: recorded graphs have fixed shapes. The
// last item fills the places behind it; what comes of those is dropped.
struct PaddedBatch {
  std::vector<int64_t> layouts;   // [B]
  std::vector<int64_t> textures;  // [B]
  std::vector<int64_t> labels;    // [B]
};

// 1 <= items.size() <= size.
PaddedBatch padded_batch(std::span<const SampleItem> items, int64_t size);

}  // namespace gpst
