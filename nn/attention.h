// Multi-head attention (numerics.md 3 and 6).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace gpst {

// softmax(q k^T / sqrt(D/heads)) v of packed projections: the last axis of qkv holds q, k and v in
// this order, each of `heads` blocks of D/heads. Returns [N,l,D]. Differentiable.
at::Tensor multi_head_attention(const at::Tensor& qkv /* [N,l,3D] */, int64_t heads);

// The same without gradients, in the type of the products that this processor has: a CPU that
// multiplies no bfloat16 takes float32. Returns [N,l,D] in the type of qkv.
at::Tensor frozen_attention(const at::Tensor& qkv /* [N,l,3D] */, int64_t heads);

// The same as two plain products for q, k and v [N,heads,l,D/heads] -> [N,heads,l,D/heads]: as many
// rows of N at a time as keep their scores [.,heads,l,l] within `score_bytes`, at least one.
// Differentiable.
at::Tensor attention_by_products(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                 int64_t score_bytes = int64_t{1} << 29);

}  // namespace gpst
