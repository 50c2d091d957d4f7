// What products alone reach on this machine: the measure of every other row.
#pragma once

#include <c10/core/ScalarType.h>

namespace gpst::bench {

struct BareRate {
  double linear = 0;       // GFLOP/s of the best prepared linear layer
  double convolution = 0;  // and of the best channels-last convolution
  double best() const { return linear > convolution ? linear : convolution; }
};

// Of `workers` threads together, each with products of its own, repeated for `seconds` a shape.
BareRate bare_rate(at::ScalarType type, int workers, double seconds);

}  // namespace gpst::bench
