// Results on their way to the disk while the workers compute the next ones.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>

#include "nn/worker_pool.h"

namespace gpst {

// Encodes and writes on threads of its own, as many as there are workers: a worker never waits for
// the disk, unless it is a whole picture ahead. Jobs begin in the order they were given; what one
// job writes is complete in the order it writes it. Thread-safe.
class WriteBehind {
 public:
  explicit WriteBehind(int threads);
  // Waits for the jobs that were added; their errors are dropped, finish() gives them.
  ~WriteBehind();

  // Waits while `threads` jobs are under way. Throws what an earlier job threw.
  void add(std::function<void()> job);

  // Waits until everything is written; throws the first error.
  void finish();

 private:
  const int threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int under_way_ = 0;
  std::exception_ptr error_;
  WorkerPool pool_;  // last: its threads use what stands above
};

}  // namespace gpst
