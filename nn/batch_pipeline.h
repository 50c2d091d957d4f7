// Pictures through a device in batches: reading the next ones and writing the last ones on worker
// threads while the device computes the present ones. A batch is started before the one ahead of it
// is waited for, so that the device always has work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "nn/worker_pool.h"

namespace gpst {

struct PipelineSize {
  int64_t count = 0;  // of pictures
  int64_t batch = 1;  // at most so many at a time
  int threads = 1;
};

// What a batch under way becomes: the call waits for it. Called at most once.
template <class Made>
using Pending = std::function<std::vector<Made>()>;

// The three stations of picture i = 0, 1, ..., count - 1.
template <class Loaded, class Made>
struct BatchPipeline {
  std::function<Loaded(int64_t i)> load;  // on a worker
  // On the calling thread, and so is the call of what it returns; until then the pictures stay.
  std::function<Pending<Made>(std::span<const Loaded>)> start;
  std::function<void(int64_t i, const Loaded&, const Made&)> finish = {};  // on a worker
};

// At most two batches are loaded ahead, two are under way and two wait to be finished, whatever
// `count`. The first error of any station stops everything and is thrown again; Interrupted after a
// signal.
template <class Loaded, class Made>
void run_pipeline(const BatchPipeline<Loaded, Made>& pipeline, const PipelineSize& size) {
  constexpr int64_t kBatchesAhead = 2;
  WorkerPool pool(size.threads);
  std::deque<std::future<Loaded>> loading;
  std::deque<std::future<void>> finishing;
  const auto finish_oldest = [&] {
    finishing.front().get();
    finishing.pop_front();
  };
  struct UnderWay {
    int64_t first = 0;
    std::shared_ptr<const std::vector<Loaded>> loaded;
    Pending<Made> pending;
  };
  const auto collect = [&](const UnderWay& batch) {
    const auto made = std::make_shared<const std::vector<Made>>(batch.pending());
    for (size_t i = 0; i < batch.loaded->size(); ++i) {
      finishing.push_back(pool.submit(
          [&finish = pipeline.finish, loaded = batch.loaded, first = batch.first, made, i] {
            finish(first + static_cast<int64_t>(i), loaded->at(i), made->at(i));
          }));
    }
    while (static_cast<int64_t>(finishing.size()) > kBatchesAhead * size.batch) finish_oldest();
  };
  std::optional<UnderWay> before;
  int64_t next = 0;
  for (int64_t first = 0; first < size.count; first += size.batch) {
    throw_if_interrupted();
    const int64_t ahead = std::min(size.count, first + (1 + kBatchesAhead) * size.batch);
    for (; next < ahead; ++next) {
      loading.push_back(pool.submit([&load = pipeline.load, i = next] { return load(i); }));
    }
    const int64_t here = std::min(size.batch, size.count - first);
    const auto loaded = std::make_shared<std::vector<Loaded>>();
    for (int64_t i = 0; i < here; ++i) {
      loaded->push_back(loading.front().get());
      loading.pop_front();
    }
    UnderWay started{first, loaded, pipeline.start(std::span<const Loaded>(*loaded))};
    if (before) collect(*before);
    before = std::move(started);
  }
  if (before) collect(*before);
  while (!finishing.empty()) finish_oldest();
}

}  // namespace gpst
