// Batches of the next step, made on other threads while the model computes with those of this one.
#pragma once

#include <ATen/Parallel.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "train/stage.h"

namespace gpst {

// Every step is cut into the same parts (stage.h), so who takes a part will take, a step later, as
// many examples from a batch further on: that part is made ahead, on a thread of its own. A part
// that was not foreseen is made at once. Holds the parts of one step. Thread-safe.
template <class Batch>
class BatchAhead {
 public:
  using Make = std::function<Batch(const BatchPart& part)>;

  // `make` is called from several threads at once. `batch_size`: examples of a whole step.
  BatchAhead(Make make, int64_t batch_size) : make_(std::move(make)), batch_size_(batch_size) {}

  // The batch of `part`; errors of making it are thrown here. Starts to make the one a step later.
  Batch take(const BatchPart& part) {
    const auto start = Clock::now();
    std::future<Batch> ready = claim(part);
    Batch batch = ready.valid() ? ready.get() : make_(part);
    const Clock::duration waited = Clock::now() - start;
    const BatchPart next{
        .step = part.step + 1, .first = part.first + batch_size_, .count = part.count};
    std::future<Batch> coming = std::async(std::launch::async, [this, next] {
      at::init_num_threads();  // a fresh thread would have all cores
      return make_(next);
    });
    const std::lock_guard lock(mutex_);
    waited_ += waited;
    pending_.insert_or_assign(next.first, Pending{next, std::move(coming)});
    return batch;
  }

  // For which take() has kept its callers, added up.
  double waited_seconds() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration<double>(waited_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Pending {
    BatchPart part = {};
    std::future<Batch> batch = {};
  };

  // What is under way for `part`, if anything.
  std::future<Batch> claim(const BatchPart& part) {
    std::vector<Pending> dropped;  // waited for without the lock
    const std::lock_guard lock(mutex_);
    std::future<Batch> found;
    if (const auto it = pending_.find(part.first); it != pending_.end()) {
      if (it->second.part.count == part.count) found = std::move(it->second.batch);
      dropped.push_back(std::move(it->second));
      pending_.erase(it);
    }
    // Left over from before a jump to another step.
    for (auto it = pending_.begin(); it != pending_.end();) {
      const int64_t step = it->second.part.step;
      if (step == part.step || step == part.step + 1) {
        ++it;
      } else {
        dropped.push_back(std::move(it->second));
        it = pending_.erase(it);
      }
    }
    return found;
  }

  Make make_;
  int64_t batch_size_;
  mutable std::mutex mutex_;
  std::map<int64_t, Pending> pending_;  // by the number of the first example
  Clock::duration waited_{};
};

}  // namespace gpst
