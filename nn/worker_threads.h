// The unit of work on the CPU (architecture.md): one picture, or one part of a batch, a thread.
#pragma once

#include <cstdint>
#include <functional>

namespace gpst {

// parallel_for (base/parallel.h) for work on tensors: every worker computes with a single LibTorch
// thread, the calling one included, whatever at::set_num_threads says. Kernels change their last
// bits with their number of threads, so this is what makes results independent of `threads`.
// Errors and interrupts as parallel_for. Not to be nested.
void for_each_on_workers(int64_t count, int threads,
                         const std::function<void(int64_t index, int worker)>& body);

}  // namespace gpst
