#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "ops/once_differentiable.h"
#include "ops/roi_align_ops.h"

namespace gpst::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RoiAlignFunction : public torch::autograd::Function<RoiAlignFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& map,
                            const at::Tensor& boxes, int64_t rois_per_picture, int64_t bins) {
    context->set_materialize_grads(false);
    context->save_for_backward({boxes});
    context->saved_data["rois_per_picture"] = rois_per_picture;
    context->saved_data["height"] = map.dim() == 4 ? map.size(2) : 0;
    context->saved_data["width"] = map.dim() == 4 ? map.size(3) : 0;
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    return roi_align(map, boxes, rois_per_picture, bins);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor& grad = grads[0];  // [B*l, C, bins, bins] or undefined
    variable_list result(4);
    if (!grad.defined()) return result;
    const at::Tensor boxes = context->get_saved_variables()[0];
    auto& saved = context->saved_data;
    at::Tensor grad_map;
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      grad_map = roi_align_backward(grad, boxes, saved["rois_per_picture"].toInt(),
                                    saved["height"].toInt(), saved["width"].toInt());
    }
    result[0] = once_differentiable(grad_map, {grad}, "roi_align");
    return result;
  }
};

at::Tensor roi_align_autograd(const at::Tensor& map, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t bins) {
  return RoiAlignFunction::apply(map, boxes, rois_per_picture, bins);
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, Autograd, m) { m.impl("roi_align", roi_align_autograd); }

}  // namespace gpst::ops
