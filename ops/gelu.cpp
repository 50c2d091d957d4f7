#include "ops/gelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ops/cpu/token_kernel.h"

namespace gpst {
namespace {

template <class T>
void apply(at::Tensor& x) {
  constexpr int64_t kElementsOfAThread = 1 << 14;
  auto* const data = static_cast<T*>(x.mutable_data_ptr());
  cpu::with_simd_level([&](auto level) {
    at::parallel_for(0, x.numel(), kElementsOfAThread, [&](int64_t begin, int64_t end) {
      cpu::gelu_tanh<level()>(end - begin, data + begin);
    });
  });
}

}  // namespace

at::Tensor gelu_tanh_(at::Tensor x) {
  const bool plain = x.is_cpu() && x.is_contiguous() && !x.requires_grad();
  if (plain && x.scalar_type() == at::kFloat) {
    apply<float>(x);
  } else if (plain && x.scalar_type() == at::kBFloat16) {
    apply<uint16_t>(x);
  } else {
    at::gelu_(x, "tanh");
  }
  return x;
}

}  // namespace gpst
