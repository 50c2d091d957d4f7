// Threads that take jobs while their owner does something else, for example waits for a GPU.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gpst {

// Jobs begin in the order they were given. Tensor operations of a job use as many threads as
// at::set_num_threads says: one in the program.
class WorkerPool {
 public:
  explicit WorkerPool(int threads);  // at least one
  // Waits for the jobs that have begun; the others are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // The future gives the job's result or throws its error.
  template <class Job>
  auto submit(Job job) -> std::future<decltype(job())> {
    const auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::move(job));
    auto result = task->get_future();
    add([task] { (*task)(); });
    return result;
  }

 private:
  void add(std::function<void()> job);
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace gpst
