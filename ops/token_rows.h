// The ops on tokens over all rows of a tensor, for files of ops/ with LibTorch.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdint>

namespace gpst::ops {

// A modulation row of each picture: [N or 1,D] float32, rows contiguous in themselves.
class PictureRows {
 public:
  explicit PictureRows(const at::Tensor& rows)
      : rows_(rows.stride(1) == 1 ? rows : rows.contiguous()),
        data_(rows_.const_data_ptr<float>()),
        step_(rows_.size(0) == 1 ? 0 : rows_.stride(0)) {}
  const float* of(int64_t picture) const { return data_ + picture * step_; }

 private:
  at::Tensor rows_;
  const float* data_;
  int64_t step_;
};

// f(token, picture) for all tokens of x [N,l,D]. Tokens are independent, so any number of threads
// gives the same result.
template <class F>
void for_tokens(const at::Tensor& x, F&& f) {
  constexpr int64_t kElementsOfAThread = 1 << 15;
  const int64_t tokens = x.size(1), grain = 1 + kElementsOfAThread / (x.size(2) + 1);
  at::parallel_for(0, x.size(0) * tokens, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i, i / tokens);
  });
}

// Calls f with null pointers of the element types of x and y, float or uint16_t for bfloat16:
// x is at least as wide as y.
template <class F>
void with_token_types(at::ScalarType x, at::ScalarType y, F&& f) {
  if (x == at::kBFloat16)
    return f(static_cast<uint16_t*>(nullptr), static_cast<uint16_t*>(nullptr));
  if (y == at::kBFloat16) return f(static_cast<float*>(nullptr), static_cast<uint16_t*>(nullptr));
  f(static_cast<float*>(nullptr), static_cast<float*>(nullptr));
}

}  // namespace gpst::ops
