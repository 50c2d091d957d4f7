#include "ops/modulated_tokens.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "ops/cpu/token_kernel.h"
#include "ops/gate_residual.h"
#include "ops/once_differentiable.h"
#include "ops/token_rows.h"

namespace gpst {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// f(token, picture) for all tokens of x [N,l,D], those of a picture one after the other: what they
// add up to is the same for any number of threads.
template <class F>
void for_pictures(const at::Tensor& x, F&& f) {
  const int64_t tokens = x.size(1);
  at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * tokens; i < end * tokens; ++i) f(i, i / tokens);
  });
}

class ModulatedNorm : public torch::autograd::Function<ModulatedNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_in,
                            const at::Tensor& shift, const at::Tensor& scale, at::ScalarType type,
                            double eps) {
    const at::Tensor x = x_in.contiguous();
    context->save_for_backward({x, scale});
    context->saved_data["eps"] = eps;
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    return layer_norm_modulate(x, shift, scale, eps, type);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor x = saved[0], scale_in = saved[1];
    const double eps = context->saved_data["eps"].toDouble();
    at::Tensor dx, dshift, dscale;
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      const at::Tensor dy = grads[0].contiguous();
      dx = at::empty_like(x);
      dshift = at::zeros({x.size(0), x.size(2)}, x.options());
      dscale = at::zeros_like(dshift);
      const ops::PictureRows scale(scale_in);
      const int64_t width = x.size(2);
      const auto* const from = x.const_data_ptr<float>();
      auto* const to = dx.mutable_data_ptr<float>();
      auto* const shift_sums = dshift.mutable_data_ptr<float>();
      auto* const scale_sums = dscale.mutable_data_ptr<float>();
      ops::with_token_types(at::kFloat, dy.scalar_type(), [&]<class X, class Y>(X*, Y*) {
        const auto* const given = static_cast<const Y*>(dy.const_data_ptr());
        cpu::with_simd_level([&](auto level) {
          for_pictures(x, [&](int64_t token, int64_t picture) {
            const int64_t at = token * width, row = picture * width;
            cpu::norm_token_backward<level()>(width, given + at, from + at, scale.of(picture), eps,
                                              to + at, {shift_sums + row, scale_sums + row});
          });
        });
      });
    }
    const variable_list sources{grads[0], x, scale_in};
    return {once_differentiable(dx, sources, "modulated_norm"),
            once_differentiable(dshift, sources, "modulated_norm"),
            once_differentiable(dscale, sources, "modulated_norm"),
            {},
            {}};
  }
};

class GatedSum : public torch::autograd::Function<GatedSum> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& gate,
                            const at::Tensor& y_in) {
    const at::Tensor y = y_in.contiguous();
    context->save_for_backward({gate, y});
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    return gate_residual(x, gate, y);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor gate_in = saved[0], y = saved[1];
    at::Tensor dgate, dy;
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      const at::Tensor dsum = grads[0].contiguous();
      dgate = at::zeros({y.size(0), y.size(2)}, gate_in.options());
      dy = at::empty_like(y);
      const ops::PictureRows gate(gate_in);
      const int64_t width = y.size(2);
      const auto* const given = dsum.const_data_ptr<float>();
      auto* const gate_sums = dgate.mutable_data_ptr<float>();
      ops::with_token_types(at::kFloat, y.scalar_type(), [&]<class X, class Y>(X*, Y*) {
        const auto* const values = static_cast<const Y*>(y.const_data_ptr());
        auto* const to = static_cast<Y*>(dy.mutable_data_ptr());
        cpu::with_simd_level([&](auto level) {
          for_pictures(y, [&](int64_t token, int64_t picture) {
            const int64_t at = token * width;
            cpu::gate_token_backward<level()>(width, given + at, gate.of(picture), values + at,
                                              to + at, gate_sums + picture * width);
          });
        });
      });
    }
    const variable_list sources{grads[0], gate_in, y};
    return {grads[0], once_differentiable(dgate, sources, "gated_sum"),
            once_differentiable(dy, sources, "gated_sum")};
  }
};

bool has_kernel(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

}  // namespace

at::Tensor modulated_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale,
                          at::ScalarType type, double eps) {
  if (has_kernel(x)) return ModulatedNorm::apply(x, shift, scale, type, eps);
  const at::Tensor normed = at::layer_norm(x, {x.size(-1)}, {}, {}, eps);
  return at::addcmul(shift.unsqueeze(1), normed, scale.unsqueeze(1) + 1).to(type);
}

at::Tensor gated_sum(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  if (has_kernel(x)) return GatedSum::apply(x, gate, y);
  return at::addcmul(x, gate.unsqueeze(1), y);
}

}  // namespace gpst
