#include "ops/roi_boxes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "ops/check.h"

namespace gpst::ops {
namespace {

// No picture needs more, and a box gone astray must not keep the machine busy for hours.
constexpr int64_t kMaxSamples = 4096;

template <class Coordinate>
void check_box(std::string_view op, int64_t index, const Coordinate* box, int64_t bins) {
  for (int k = 0; k < 4; ++k) {
    if (!std::isfinite(box[k])) {
      refuse(op, fmt::format("box {} is not finite: [{}, {}, {}, {}]", index, box[0], box[1],
                             box[2], box[3]));
    }
  }
  const Coordinate limit = static_cast<Coordinate>(kMaxSamples * bins);
  if (box[2] - box[0] > limit || box[3] - box[1] > limit) {
    refuse(op, fmt::format("box {} is {} x {} pixels; at most {} are possible", index,
                           box[2] - box[0], box[3] - box[1], limit));
  }
}

}  // namespace

template <class T>
std::vector<RoiBoxPlan<T>> plan_boxes(std::string_view op, const at::Tensor& boxes_in,
                                      const RoiExtent& extent) {
  const at::Tensor boxes = boxes_in.contiguous();  // [B*l, 4]
  std::vector<RoiBoxPlan<T>> plans;
  plans.reserve(static_cast<size_t>(boxes.size(0)));
  AT_DISPATCH_FLOATING_TYPES(boxes.scalar_type(), "plan_boxes", [&] {
    const scalar_t* box = boxes.const_data_ptr<scalar_t>();  // x0, y0, x1, y1
    for (int64_t i = 0; i < boxes.size(0); ++i, box += 4) {
      check_box(op, i, box, extent.bins);
      plans.push_back({cpu::plan_roi_axis<T>(box[0], box[2], extent.width, extent.bins),
                       cpu::plan_roi_axis<T>(box[1], box[3], extent.height, extent.bins)});
    }
  });
  return plans;
}

template std::vector<RoiBoxPlan<float>> plan_boxes(std::string_view, const at::Tensor&,
                                                   const RoiExtent&);
template std::vector<RoiBoxPlan<double>> plan_boxes(std::string_view, const at::Tensor&,
                                                    const RoiExtent&);

}  // namespace gpst::ops
