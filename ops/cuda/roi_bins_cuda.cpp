#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/roi_bins.h"
#include "ops/check.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/roi_plans.h"
#include "ops/cuda/stream.h"
#include "ops/roi_bins_ops.h"

namespace gpst {
namespace {

at::Tensor roi_bins_cuda(const at::Tensor& map_in, const at::Tensor& boxes,
                         int64_t rois_per_picture, const at::Tensor& mix_in) {
  const int64_t bins = ops::check_roi_bins(map_in, boxes, rois_per_picture, mix_in);
  check_kernel_boxes("roi_bins", boxes, map_in);
  if (map_in.scalar_type() == at::kDouble) {
    refuse("roi_bins", "map must be float32 or bfloat16 on CUDA, found Double; convert it first");
  }
  const OpStream stream(map_in);
  const at::Tensor map = map_in.contiguous(at::MemoryFormat::ChannelsLast);  // [B, H, W, C]
  const at::Tensor mix = mix_in.contiguous();                                // [n, r*r]
  const cuda::RoiShape shape = roi_shape(map, rois_per_picture, bins);
  const at::Tensor plan = roi_plan(shape, boxes, stream.get());  // [B*l, words]
  at::Tensor out = at::empty({mix.size(0), boxes.size(0), map.size(1)}, map.options());
  const auto launch = [&](auto value) {
    using T = decltype(value);
    cuda::roi_bins<T>(shape, mix.size(0), const_data<T>(map), plan.const_data_ptr<int32_t>(),
                      mix.const_data_ptr<float>(), mutable_data<T>(out), stream.get());
  };
  if (map.scalar_type() == at::kFloat) {
    launch(float{});
  } else {
    launch(cuda::Bf16{});
  }
  return out;
}

}  // namespace

void add_roi_bins(torch::Library& library) { library.impl("roi_bins", roi_bins_cuda); }

}  // namespace gpst
