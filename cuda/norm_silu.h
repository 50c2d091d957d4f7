// Group norm and tile norm with SiLU, forward and backward, on channels-last maps (numerics,
// sections 3 and 5; formulas in ops/group_norm_silu.h). Forward is two passes over the map:
// statistics, then application. Statistics are sums of short pieces around a value of the piece,
// joined in double: a large mean costs no digits and a constant has deviation 0. Every sum has a
// fixed order that depends on the size of a picture only: results repeat to the bit, whatever the
// batch. A picture's pixels of a tile are its rows, tiles are in row-major order.
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/stream.h"
#include "ops/norm_kind.h"

namespace gpst::cuda {

struct NormShape {
  int64_t pictures;  // B
  int64_t channels;  // C, a multiple of groups
  int64_t groups;
  int64_t height, width;  // multiples of tiles
  int64_t tiles;          // n of the n x n grid; more than 1 with NormKind::tile only
  double eps;
  NormKind kind;
  Activation activation;

  int64_t pixels() const { return height * width; }
  int64_t grid() const { return tiles * tiles; }
  int64_t group_channels() const { return channels / groups; }
};

// Floats of scratch that norm_statistics needs; T is float or Bf16 here and below.
template <class T>
int64_t norm_scratch(const NormShape& shape);

// All functions: InputError when a size does not fit the kernels.
template <class T>
void norm_statistics(const NormShape& shape,
                     const T* x,          // [B, H, W, C]
                     float* scratch,      // [norm_scratch], aligned to 8 bytes
                     double* statistics,  // [B, groups, n*n, 2] mean, deviation
                     Stream stream);

template <class T>
void norm_silu(const NormShape& shape,
               const T* x,                // [B, H, W, C]
               const float* weight,       // [C]
               const float* bias,         // [C]
               const double* statistics,  // [B, groups, n*n, 2]
               T* y,                      // [B, H, W, C]
               Stream stream);

struct NormGradients {
  float* x;       // [B, H, W, C]
  float* weight;  // [C]
  float* bias;    // [C]
};

// Floats of scratch that norm_silu_backward needs.
int64_t norm_backward_scratch(const NormShape& shape);

void norm_silu_backward(const NormShape& shape,
                        const float* grad,         // [B, H, W, C] of y
                        const float* x,            // [B, H, W, C]
                        const float* weight,       // [C]
                        const float* bias,         // [C]
                        const double* statistics,  // [B, groups, n*n, 2]
                        float* scratch,            // [norm_backward_scratch], aligned to 8 bytes
                        const NormGradients& gradients, Stream stream);

}  // namespace gpst::cuda
