#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "tokenizer/layout.h"

namespace gpst {

// Gaussian tokens: geometry [sigma_x, sigma_y, rho, x, y] and c features a row.
class Tokens {
 public:
  // InputError unless `values` is a floating tensor [B,l,5+c] with c >= 1.
  explicit Tokens(at::Tensor values);

  const at::Tensor& values() const { return values_; }  // [B,l,5+c]
  int64_t tiles() const { return values_.size(0); }
  int64_t tokens() const { return values_.size(1); }
  int64_t channels() const;     // c
  at::Tensor geometry() const;  // [B,l,5] view
  at::Tensor sigma() const;     // [B,l,2] view
  at::Tensor rho() const;       // [B,l,1] view
  at::Tensor mean() const;      // [B,l,2] view
  at::Tensor features() const;  // [B,l,c] view

 private:
  at::Tensor values_;  // [B,l,5+c]
};

// Puts the n x n tiles of every picture on one canvas n times as large (numerics 4): sigma/n,
// x' = -1 + (2j+x+1)/n, y' = -1 + (2i+y+1)/n for tile row i and column j. Tiles of a picture are
// neighbours in the batch, in row-major order: [B*n*n,l,5+c] -> [B,n*n*l,5+c]. (The published
// program mixes up pictures when B > 1.) Differentiable. InputError when n < 1 or the number of
// tiles is not a multiple of n*n.
Tokens merge_tiles(const Tokens& tokens, int64_t n);

}  // namespace gpst
