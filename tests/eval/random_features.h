// Features for tests: random rows whose columns depend on each other.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace gpst {

// Standard normal numbers [n,d] f64, the same ones for a seed.
inline at::Tensor random_normal(int64_t n, int64_t d, uint64_t seed) {
  return at::randn({n, d}, at::make_generator<at::CPUGeneratorImpl>(seed), at::kDouble);
}

// Rows [n,d] f64 of variances between 1 and 1e-4, mixed.
inline at::Tensor random_features(int64_t n, int64_t d, uint64_t seed) {
  const at::Tensor scale = at::logspace(0, -2, d, 10, at::kDouble);  // [d]
  return (random_normal(n, d, seed) * scale).matmul(random_normal(d, d, 99)) + 0.5;
}

// [d,d] f64 with orthonormal columns.
inline at::Tensor random_rotation(int64_t d, uint64_t seed) {
  return std::get<0>(at::linalg_qr(random_normal(d, d, seed)));
}

}  // namespace gpst
