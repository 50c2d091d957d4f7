#include "nn/attention.h"

#include <cmath>

namespace gpst {

at::Tensor multi_head_attention(const at::Tensor& qkv, int64_t heads) {
  const int64_t rows = qkv.size(0), tokens = qkv.size(1), width = qkv.size(2) / 3;
  const int64_t head = width / heads;
  const at::Tensor split =
      qkv.reshape({rows, tokens, 3, heads, head}).permute({2, 0, 3, 1, 4});  // [3,N,heads,l,head]
  const at::Tensor q = split[0] * (1 / std::sqrt(static_cast<double>(head)));
  const at::Tensor weights = at::softmax(at::matmul(q, split[1].transpose(-2, -1)), -1);
  return at::matmul(weights, split[2])  // [N,heads,l,head]
      .transpose(1, 2)
      .reshape({rows, tokens, width});
}

}  // namespace gpst
