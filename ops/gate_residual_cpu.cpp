#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/gate_residual_ops.h"

namespace gpst::ops {
namespace {

at::Tensor gate_residual_cpu(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  check_gate_residual("gate_residual", x, gate, y);
  return at::addcmul(x.to(at::kFloat), gate.unsqueeze(1), y.to(at::kFloat))
      .to(x.scalar_type())
      .contiguous();  // [N,l,D]
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("gate_residual", gate_residual_cpu); }

}  // namespace gpst::ops
