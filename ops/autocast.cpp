// Under autocast (training in bfloat16) convolutions hand over bfloat16 while the ops of this
// folder compute in float32: their inputs are converted on the way in.
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/library.h>

#include "ops/norm_ops.h"
#include "ops/render_ops.h"
#include "ops/roi_align_ops.h"

namespace gpst::ops {
namespace {

class WithoutAutocast {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA})};
};

at::Tensor as_float(const at::Tensor& tensor) {
  return at::autocast::cached_cast(at::kFloat, tensor, tensor.device().type());  // float64 stays
}

std::tuple<at::Tensor, at::Tensor> norm_silu_autocast(const at::Tensor& x, const at::Tensor& weight,
                                                      const at::Tensor& bias, int64_t groups,
                                                      double eps, int64_t kind, int64_t tiles,
                                                      int64_t activation) {
  const WithoutAutocast without_autocast;
  return norm_silu(as_float(x), as_float(weight), as_float(bias), groups, eps, kind, tiles,
                   activation);
}

at::Tensor render_autocast(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  const WithoutAutocast without_autocast;
  return render(as_float(tokens), height, width, dmax);
}

at::Tensor roi_align_autocast(const at::Tensor& map, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t bins) {
  const WithoutAutocast without_autocast;
  return roi_align(as_float(map), as_float(boxes), rois_per_picture, bins);
}

}  // namespace

void add_autocast(torch::Library& m) {
  m.impl("norm_silu", norm_silu_autocast);
  m.impl("render", render_autocast);
  m.impl("roi_align", roi_align_autocast);
}

TORCH_LIBRARY_IMPL(gpst_ops, AutocastCPU, m) { add_autocast(m); }
TORCH_LIBRARY_IMPL(gpst_ops, AutocastCUDA, m) { add_autocast(m); }

}  // namespace gpst::ops
