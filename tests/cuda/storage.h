// Values for tests of kernels that take float and Bf16.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "cuda/bf16.h"

namespace gpst::cuda {

// Values in [-1,1] that differ and are not round; another salt, other values.
inline float wave(int64_t i, int64_t salt) {
  return static_cast<float>(
      std::sin(0.7 * static_cast<double>(i) + 11.3 * static_cast<double>(salt)));
}

// What remains of a value once it is stored.
template <class T>
float as_stored(float value) {
  if constexpr (std::is_same_v<T, Bf16>) {
    return to_float(to_bf16(value));
  } else {
    return value;
  }
}

template <class T>
std::vector<T> stored_as(const std::vector<float>& values) {
  std::vector<T> stored;
  for (const float value : values) {
    if constexpr (std::is_same_v<T, Bf16>) {
      stored.push_back(to_bf16(value));
    } else {
      stored.push_back(value);
    }
  }
  return stored;
}

inline std::vector<float> as_floats(const std::vector<float>& values) { return values; }
inline std::vector<float> as_floats(const std::vector<Bf16>& values) {
  std::vector<float> floats;
  for (const Bf16 value : values) floats.push_back(to_float(value));
  return floats;
}

}  // namespace gpst::cuda
