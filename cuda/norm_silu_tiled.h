// The parts of norm_silu.h that several tiles need: mean and deviation are maps, enlarged from the
// tiles' statistics by bicubic interpolation. For the files norm_silu*.cu.
#pragma once

#include "cuda/norm_silu.h"

namespace gpst::cuda {

template <class T>
void norm_silu_tiled(const NormShape& shape, const T* x, const float* weight, const float* bias,
                     const double* statistics, T* y, Stream stream);

}  // namespace gpst::cuda
