// Multi-head attention (numerics.md 3 and 6).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace gpst {

// softmax(q k^T / sqrt(D/heads)) v of packed projections: the last axis of qkv holds q, k and v in
// this order, each of `heads` blocks of D/heads. Returns [N,l,D]. Differentiable.
at::Tensor multi_head_attention(const at::Tensor& qkv /* [N,l,3D] */, int64_t heads);

}  // namespace gpst
