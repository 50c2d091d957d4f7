#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>

namespace gpst {

// Where batches are computed, in what type, and how many pictures make one.
struct BatchPlace {
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;  // or kBFloat16
  int64_t pictures = 1;              // B
};

}  // namespace gpst
