// Pictures of a BatchSampler by their index, and how near they are to others.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "eval/pixel_metrics.h"
#include "sampler/batch_sampler.h"

namespace gpst {

using Pictures = std::map<int64_t, Picture8>;  // by index

inline Pictures batch_pictures(const PictureSampler& sampler, const std::vector<SampleItem>& items,
                               int64_t batch) {
  Pictures pictures;
  std::mutex mutex;
  BatchSampler(sampler, {.pictures = batch, .threads = 2})
      .run(items, [&](const SampleItem& item, const Picture8& picture) {
        const std::lock_guard lock(mutex);
        pictures[item.index] = picture;
      });
  return pictures;
}

// The smallest PSNR; 200 when all are identical.
inline double worst_psnr(const Pictures& a, const Pictures& b) {
  double worst = 200;
  for (const auto& [index, picture] : a) {
    worst = std::min(worst, psnr(picture, b.at(index)).value_or(200));
  }
  return worst;
}

}  // namespace gpst
