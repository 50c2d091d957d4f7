// The next batch, made on another thread while the device computes with the present one.
#pragma once

#include <functional>
#include <future>
#include <utility>

#include "train/stage.h"

namespace gpst {

// For one caller. Parts follow each other without gaps (stage.h), so the next is known: as many
// examples, from the one after the last. A part that is none of that is made at once.
template <class Batch>
class BatchAhead {
 public:
  using Make = std::function<Batch(const BatchPart& part)>;
  explicit BatchAhead(Make make) : make_(std::move(make)) {}

  // The batch of `part`; errors of making it are thrown here. Starts to make the one after it.
  Batch take(const BatchPart& part) {
    Batch batch = is_under_way(part) ? next_.get() : make_(part);
    next_part_ = {.step = part.step, .first = part.first + part.count, .count = part.count};
    next_ = std::async(std::launch::async, [this, part = next_part_] { return make_(part); });
    return batch;
  }

 private:
  bool is_under_way(const BatchPart& part) const {
    return next_.valid() && next_part_.first == part.first && next_part_.count == part.count;
  }

  Make make_;
  BatchPart next_part_;
  std::future<Batch> next_;
};

}  // namespace gpst
