#include "nn/attention.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/onednn_products.h"

namespace gpst {
namespace {

at::Tensor products(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor scaled = q * (1 / std::sqrt(static_cast<double>(q.size(-1))));
  return at::matmul(at::softmax(at::matmul(scaled, k.transpose(-2, -1)), -1), v);
}

bool by_products(const at::Tensor& qkv, int64_t head_width) {
  // On a CPU LibTorch's fused kernel wins forward (a third at 256 tokens on a core), products win
  // backward. On a GPU the fast fused kernels end at this width; the decoder's one head is wider.
  constexpr int64_t kWidestFusedHead = 256;
  if (qkv.is_cpu()) return c10::GradMode::is_enabled() && qkv.requires_grad();
  return qkv.is_cuda() && head_width > kWidestFusedHead;
}

}  // namespace

at::Tensor attention_by_products(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                 int64_t score_bytes) {
  const int64_t rows = q.size(0);
  const int64_t row_bytes =
      q.size(1) * q.size(2) * k.size(2) * static_cast<int64_t>(q.element_size());
  const int64_t at_once = std::max<int64_t>(1, score_bytes / std::max<int64_t>(1, row_bytes));
  if (rows <= at_once) return products(q, k, v);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < rows; first += at_once) {
    const int64_t count = std::min(at_once, rows - first);
    const auto part = [&](const at::Tensor& all) { return all.narrow(0, first, count); };
    parts.push_back(products(part(q), part(k), part(v)));
  }
  return at::cat(parts);
}

at::Tensor multi_head_attention(const at::Tensor& qkv, int64_t heads) {
  const int64_t rows = qkv.size(0), tokens = qkv.size(1), width = qkv.size(2) / 3;
  const at::Tensor split = qkv.reshape({rows, tokens, 3, heads, width / heads})
                               .permute({2, 0, 3, 1, 4});  // [3,N,heads,l,head]
  const at::Tensor out = by_products(qkv, width / heads)
                             ? attention_by_products(split[0], split[1], split[2])
                             : at::scaled_dot_product_attention(split[0], split[1], split[2]);
  return out.transpose(1, 2).reshape({rows, tokens, width});
}

at::Tensor frozen_attention(const at::Tensor& qkv, int64_t heads) {
  const c10::NoGradGuard no_grad;
  const at::ScalarType type = qkv.scalar_type();
  if (!qkv.is_cpu() || onednn_computes(type)) return multi_head_attention(qkv, heads);
  return multi_head_attention(qkv.to(at::kFloat), heads).to(type);
}

}  // namespace gpst
