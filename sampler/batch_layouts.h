// The layouts of a batch of pictures.
#pragma once

#include <cstdint>
#include <span>

#include "sampler/sample_plan.h"
#include "tokenizer/layout.h"

namespace gpst {

// One caller at a time; may be another thread than the one that issues the textures.
class BatchLayouts {
 public:
  virtual ~BatchLayouts() = default;
  // Initial Gaussians of at most as many items as the batches have pictures, on the host: [n,l,5].
  virtual Layout layouts(std::span<const SampleItem> items) = 0;
};

}  // namespace gpst
