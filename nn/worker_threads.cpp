#include "nn/worker_threads.h"

#include <ATen/Parallel.h>

#include "base/parallel.h"

namespace gpst {
namespace {

class OneThreadEach {
 public:
  OneThreadEach() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThreadEach() { at::set_num_threads(before_); }
  OneThreadEach(const OneThreadEach&) = delete;
  OneThreadEach& operator=(const OneThreadEach&) = delete;

 private:
  int before_;
};

}  // namespace

void for_each_on_workers(int64_t count, int threads,
                         const std::function<void(int64_t index, int worker)>& body) {
  const OneThreadEach one_thread_each;
  parallel_for(count, threads, [&](int64_t index, int worker) {
    at::init_num_threads();  // OpenMP's number is one of each thread; a fresh one has all cores
    body(index, worker);
  });
}

}  // namespace gpst
