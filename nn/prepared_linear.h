// A linear layer of a frozen network: y = x W^T + b. On the CPU the weight is brought once into the
// layout that the processor's matrix products read.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>

namespace gpst {

// Computes in float32 or bfloat16 (sums in float32 always), where its weight is. In bfloat16
// weights, inputs and results are rounded to it; a CPU without such products (base/system.h) takes
// float32 products of the rounded values instead: the same precision, at the speed of float32.
// Copies share the weight. Const methods may be called from several threads.
class PreparedLinear {
 public:
  // Keeps its own weight, whatever happens to `weight` later. ConfigError unless `type` is float32
  // or bfloat16.
  PreparedLinear(const at::Tensor& weight /* [out,in] */,
                 const at::Tensor& bias /* [out] or undefined */, at::ScalarType type);

  // Without gradients. x must be of type().
  at::Tensor operator()(const at::Tensor& x /* [...,in] */) const;  // [...,out] of type()
  // The tanh form of GELU of it, for a layer with bias.
  at::Tensor gelu(const at::Tensor& x /* [...,in] */) const;  // [...,out] of type()

  at::ScalarType type() const { return type_; }
  int64_t in() const { return in_; }
  int64_t out() const { return out_; }

 private:
  int64_t in_, out_;
  at::ScalarType type_;
  at::ScalarType computes_in_;
  bool is_prepared_;
  at::Tensor weight_;  // oneDNN's own layout if prepared, else [out,in]
  at::Tensor bias_;    // [out], or undefined
};

}  // namespace gpst
