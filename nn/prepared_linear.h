// A linear layer of a frozen network on the CPU: y = x W^T + b, with the weight brought once into
// the layout that the processor's matrix products read.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>

namespace gpst {

// Computes in float32 or bfloat16 (sums in float32 always). In bfloat16 weights, inputs and results
// are rounded to it; a processor without such products (base/system.h) takes float32 products of
// the rounded values instead: the same precision, at the speed of float32. Const methods may be
// called from several threads.
class PreparedLinear {
 public:
  // ConfigError unless `type` is float32 or bfloat16.
  PreparedLinear(const at::Tensor& weight /* [out,in] f32 */,
                 const at::Tensor& bias /* [out] f32 or undefined */, at::ScalarType type);

  // Without gradients. x must be of type().
  at::Tensor operator()(const at::Tensor& x /* [...,in] */) const;  // [...,out] of type()

  at::ScalarType type() const { return type_; }
  int64_t in() const { return in_; }
  int64_t out() const { return out_; }

 private:
  int64_t in_, out_;
  at::ScalarType type_;
  at::ScalarType computes_in_ = at::kFloat;
  bool is_prepared_ = false;
  at::Tensor weight_;  // oneDNN's own layout if prepared, else [out,in]
  at::Tensor bias_;    // [out], or undefined
};

}  // namespace gpst
