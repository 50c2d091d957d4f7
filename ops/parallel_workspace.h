// Independent pieces of work on all threads, with memory for the kernels.
#pragma once

#include <ATen/Parallel.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gpst::ops {

// Calls f(index, workspace of `bytes`, aligned as malloc aligns) for 0 <= index < count, in
// parallel; a workspace is shared by the indices of one thread.
template <class F>
void parallel_with_workspace(int64_t count, size_t bytes, F&& f) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    const std::unique_ptr<std::byte[]> workspace(new std::byte[bytes]);
    for (int64_t index = begin; index < end; ++index) f(index, workspace.get());
  });
}

}  // namespace gpst::ops
