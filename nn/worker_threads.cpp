#include "nn/worker_threads.h"

#include "base/parallel.h"
#include "nn/libtorch_threads.h"

namespace gpst {

void for_each_on_workers(int64_t count, int threads,
                         const std::function<void(int64_t index, int worker)>& body) {
  const LibtorchThreads one_each(1);
  parallel_for(count, threads, [&](int64_t index, int worker) {
    at::init_num_threads();  // OpenMP's number is one of each thread; a fresh one has all cores
    body(index, worker);
  });
}

}  // namespace gpst
