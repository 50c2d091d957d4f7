#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace gpst {

// Where the parts of a model compute, and in what type.
struct ModelPlace {
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;  // or kBFloat16
};

}  // namespace gpst
