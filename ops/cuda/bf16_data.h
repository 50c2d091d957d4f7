// The values of a tensor as kernels take them: float, or Bf16 for LibTorch's BFloat16 (the same two
// bytes).
#pragma once

#include <ATen/core/Tensor.h>

#include <type_traits>

#include "cuda/bf16.h"

namespace gpst {

static_assert(sizeof(cuda::Bf16) == sizeof(at::BFloat16));

template <class T>
const T* const_data(const at::Tensor& tensor) {
  if constexpr (std::is_same_v<T, cuda::Bf16>) {
    return reinterpret_cast<const cuda::Bf16*>(tensor.const_data_ptr<at::BFloat16>());
  } else {
    return tensor.const_data_ptr<T>();
  }
}

template <class T>
T* mutable_data(const at::Tensor& tensor) {
  if constexpr (std::is_same_v<T, cuda::Bf16>) {
    return reinterpret_cast<cuda::Bf16*>(tensor.mutable_data_ptr<at::BFloat16>());
  } else {
    return tensor.mutable_data_ptr<T>();
  }
}

}  // namespace gpst
