// How far apart two floats are.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>

namespace gpst {

// The number of floats from one to the other, 0 when they are equal (+0 and -0 are).
inline int64_t ulps_between(float a, float b) {
  const auto place = [](float value) {
    const auto bits = static_cast<int64_t>(std::bit_cast<uint32_t>(value));
    constexpr int64_t kSign = int64_t{1} << 31;
    return bits < kSign ? bits : kSign - bits;
  };
  return std::abs(place(a) - place(b));
}

}  // namespace gpst
