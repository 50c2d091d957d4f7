// Philox noise made where the pictures' numbers are: equal to PhiloxNoise up to the last bits of a
// device's logarithm and sine.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "flow/noise_source.h"

namespace gpst {

class OpNoise final : public NoiseSource {
 public:
  OpNoise(at::Tensor pictures /* [N] int64 */, uint64_t seed, NoisePurposes purposes);
  // InputError when a shape has another number of rows.
  at::Tensor initial(at::IntArrayRef shape /* [N,C,l,1] */) override;
  at::Tensor step(int64_t step, at::IntArrayRef shape /* [N,C,l,1] */) override;

 private:
  at::Tensor draw(Purpose purpose, int64_t step, at::IntArrayRef shape) const;

  at::Tensor pictures_;  // [N] int64
  uint64_t seed_;
  NoisePurposes purposes_;
};

}  // namespace gpst
