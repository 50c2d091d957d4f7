#include "ops/gelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "ops/cpu/token_kernel.h"
#include "ops/once_differentiable.h"

namespace gpst {
namespace {

bool has_kernel(const at::Tensor& x) {
  const at::ScalarType type = x.scalar_type();
  return x.is_cpu() && x.is_contiguous() && (type == at::kFloat || type == at::kBFloat16);
}

// f(level, null pointer of the element type, first element, count) over all elements.
template <class F>
void for_elements(const at::Tensor& x, F&& f) {
  constexpr int64_t kElementsOfAThread = 1 << 14;
  const bool is_float = x.scalar_type() == at::kFloat;
  cpu::with_simd_level([&](auto level) {
    at::parallel_for(0, x.numel(), kElementsOfAThread, [&](int64_t begin, int64_t end) {
      if (is_float) {
        f(level, static_cast<float*>(nullptr), begin, end - begin);
      } else {
        f(level, static_cast<uint16_t*>(nullptr), begin, end - begin);
      }
    });
  });
}

void write_gelu(const at::Tensor& x, const at::Tensor& y) {
  for_elements(x, [&]<class T>(auto level, T*, int64_t first, int64_t count) {
    const auto* const from = static_cast<const T*>(x.const_data_ptr());
    cpu::gelu_tanh<level()>(count, from + first, static_cast<T*>(y.mutable_data_ptr()) + first);
  });
}

class GeluFunction : public torch::autograd::Function<GeluFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    at::Tensor y = at::empty_like(x);
    write_gelu(x, y);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const at::Tensor x = context->get_saved_variables()[0];
    at::Tensor dx = at::empty_like(x);
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      const at::Tensor dy = grads[0].to(x.scalar_type()).contiguous();
      for_elements(x, [&]<class T>(auto level, T*, int64_t first, int64_t count) {
        cpu::gelu_tanh_backward<level()>(count, static_cast<const T*>(dy.const_data_ptr()) + first,
                                         static_cast<const T*>(x.const_data_ptr()) + first,
                                         static_cast<T*>(dx.mutable_data_ptr()) + first);
      });
    }
    return {once_differentiable(dx, {grads[0], x}, "gelu_tanh")};
  }
};

}  // namespace

at::Tensor gelu_tanh(const at::Tensor& x) {
  return has_kernel(x) ? GeluFunction::apply(x) : at::gelu(x, "tanh");
}

at::Tensor gelu_tanh_(at::Tensor x) {
  if (!has_kernel(x) || x.requires_grad()) return at::gelu_(x, "tanh");
  write_gelu(x, x);
  return x;
}

}  // namespace gpst
