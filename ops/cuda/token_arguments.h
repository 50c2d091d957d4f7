// Tokens and their modulation as the kernels of a SiT block take them.
#pragma once

#include <ATen/ATen.h>

#include "cuda/modulation_rows.h"

namespace gpst {

inline cuda::TokenShape token_shape(const at::Tensor& x /* [N, l, D] */) {
  return {.pictures = x.size(0), .tokens = x.size(1), .width = x.size(2)};
}

// The rows [N, D] or [1, D] with neighbours next to each other; a slice of a wider tensor as it is.
inline at::Tensor with_plain_rows(const at::Tensor& rows) {
  return rows.stride(1) == 1 || rows.size(1) < 2 ? rows : rows.contiguous();
}

inline cuda::ModulationRows modulation_rows(const at::Tensor& rows /* [N or 1, D], plain */) {
  return {.values = rows.const_data_ptr<float>(),
          .row_stride = rows.size(0) == 1 ? 0 : rows.stride(0)};
}

}  // namespace gpst
