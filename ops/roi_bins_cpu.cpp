#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <vector>

#include "ops/cpu/roi_bins_kernel.h"
#include "ops/roi_bins_ops.h"
#include "ops/roi_boxes.h"

namespace gpst::ops {
namespace {

// What a kernel takes for a bfloat16: its bits.
template <class E>
const E* elements(const at::Tensor& tensor) {
  return static_cast<const E*>(tensor.const_data_ptr());
}

// T: what is computed in, E: the map's elements.
template <class T, class E>
void mix_bins(const at::Tensor& map,  // [B, C, H, W] channels-last
              const at::Tensor& boxes, int64_t rois_per_picture,
              const at::Tensor& mix,  // [n, r*r]
              int64_t bins, const at::Tensor& out /* [n, B*l, C] */) {
  const int64_t channels = map.size(1), rois = boxes.size(0), width = map.size(3);
  const int64_t picture_size = map.size(2) * width * channels;
  const auto plans = plan_boxes<T>("roi_bins", boxes, {map.size(2), width, bins});
  const cpu::RoiMixing<T> mixing{mix.const_data_ptr<T>(), mix.size(0)};
  const E* source = elements<E>(map);
  E* target = static_cast<E*>(out.mutable_data_ptr());
  at::parallel_for(0, rois, 1, [&](int64_t begin, int64_t end) {
    std::vector<T> workspace(static_cast<size_t>(cpu::roi_bins_workspace(bins, channels)));
    for (int64_t i = begin; i < end; ++i) {
      const cpu::RoiMap<E> picture{source + i / rois_per_picture * picture_size, width, channels};
      cpu::with_simd_level([&](auto level) {
        cpu::roi_bins<level(), T, E>(plans[static_cast<size_t>(i)].view(), bins, picture, mixing,
                                     workspace.data(), target + i * channels, rois * channels);
      });
    }
  });
}

at::Tensor roi_bins_cpu(const at::Tensor& map_in, const at::Tensor& boxes, int64_t rois_per_picture,
                        const at::Tensor& mix_in) {
  const int64_t bins = check_roi_bins(map_in, boxes, rois_per_picture, mix_in);
  const at::Tensor map = map_in.contiguous(at::MemoryFormat::ChannelsLast);  // [B, H, W, C]
  const at::Tensor mix = mix_in.contiguous();                                // [n, r*r]
  at::Tensor out = at::empty({mix.size(0), boxes.size(0), map.size(1)}, map.options());
  auto* const run = map.scalar_type() == at::kDouble     ? mix_bins<double, double>
                    : map.scalar_type() == at::kBFloat16 ? mix_bins<float, uint16_t>
                                                         : mix_bins<float, float>;
  run(map, boxes, rois_per_picture, mix, bins, out);
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("roi_bins", roi_bins_cpu); }

}  // namespace gpst::ops
