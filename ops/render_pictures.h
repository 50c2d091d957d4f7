// What the render ops of the CPU share: a picture at a time on each thread.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>

#include "ops/cpu/render_kernel.h"
#include "ops/parallel_workspace.h"
#include "ops/token_columns.h"

namespace gpst::ops {

inline cpu::RenderShape render_shape(const at::Tensor& tokens /* [B, l, 5+c] */, int64_t height,
                                     int64_t width, double dmax) {
  return {tokens.size(1), tokens.size(2) - kGeometry, height, width, dmax};
}

// Calls f(picture, workspace of render_workspace_bytes<T>) for each picture, in parallel; a
// workspace is shared by the pictures of one thread.
template <class T, class F>
void for_pictures(int64_t pictures, const cpu::RenderShape& shape, F&& f) {
  const size_t bytes = cpu::with_simd_level(
      [&](auto level) { return cpu::render_workspace_bytes<level(), T>(shape); });
  parallel_with_workspace(pictures, bytes, f);
}

}  // namespace gpst::ops
