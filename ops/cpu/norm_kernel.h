// Group and tile norm with activation in plain C++ (no LibTorch): one group of one sample at a
// time. See ops/group_norm_silu.h for the formulas.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/cpu/simd_level.h"
#include "ops/norm_kind.h"

namespace gpst::cpu {

struct NormShape {
  int64_t channels = 0;  // of the group
  int64_t height = 0;
  int64_t width = 0;
  int64_t tiles = 1;  // n of the n x n grid, divides height and width
  double eps = 0;
  NormKind kind = NormKind::group;
  Activation activation = Activation::none;
};

// Of one tile of one group; deviation without eps.
struct NormStatistics {
  double mean = 0;
  double deviation = 0;
};

// Weights that enlarge n tile statistics to a map, both axes. Unused when tiles is 1.
template <class T>
struct Enlargement {
  const T* rows = nullptr;     // [H, n]
  const T* columns = nullptr;  // [n, W]
};

// Bytes of workspace for the two functions below.
template <SimdLevel level, class T>
size_t norm_workspace_bytes(const NormShape& shape);

// x [c, H, W], weight [c], bias [c] -> y [c, H, W] and statistics [n*n]
template <SimdLevel level, class T>
void norm_forward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                  const T* weight, const T* bias, std::byte* workspace, NormStatistics* statistics,
                  T* y);

template <class T>
struct NormGradients {
  T* x;            // [c, H, W]
  double* weight;  // [c], of this sample only
  double* bias;    // [c], of this sample only
};

template <SimdLevel level, class T>
void norm_backward(const NormShape& shape, const Enlargement<T>& enlargement, const T* x,
                   const T* weight, const T* bias, const NormStatistics* statistics,
                   const T* grad_y, std::byte* workspace, const NormGradients<T>& gradients);

}  // namespace gpst::cpu
