#include "sampler/write_behind.h"

#include <algorithm>
#include <utility>

namespace gpst {

WriteBehind::WriteBehind(int threads) : threads_(std::max(1, threads)), pool_(threads_) {}

WriteBehind::~WriteBehind() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return under_way_ == 0; });
}

void WriteBehind::add(std::function<void()> job) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return error_ || under_way_ < threads_; });
    if (error_) std::rethrow_exception(error_);
    ++under_way_;
  }
  pool_.submit([this, job = std::move(job)] {
    std::exception_ptr error;
    try {
      job();
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    --under_way_;
    changed_.notify_all();
  });
}

void WriteBehind::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return under_way_ == 0; });
  if (error_) std::rethrow_exception(error_);
}

}  // namespace gpst
