// Where a sampler's noise comes from: by picture index, so that a picture never depends on its
// batch; or recorded, for tests.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "base/philox.h"

namespace gpst {

class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  // The state at t = 0, standard normal, float32 of `shape` [N,C,l,1].
  virtual at::Tensor initial(at::IntArrayRef shape) = 0;
  // The noise of step `step` (from 0), standard normal, float32 of `shape`.
  virtual at::Tensor step(int64_t step, at::IntArrayRef shape) = 0;
};

struct NoisePurposes {
  Purpose initial = Purpose::initial_noise;
  Purpose step = Purpose::step_noise;
};

// Philox with key = seed and subsequence = picture index; row n of a shape belongs to pictures[n]
// and takes its elements in [C,l] order. InputError when a shape has another number of rows.
class PhiloxNoise final : public NoiseSource {
 public:
  PhiloxNoise(uint64_t seed, std::vector<int64_t> pictures, NoisePurposes purposes = {});
  at::Tensor initial(at::IntArrayRef shape) override;
  at::Tensor step(int64_t step, at::IntArrayRef shape) override;

 private:
  at::Tensor draw(Purpose purpose, int64_t step, at::IntArrayRef shape) const;

  uint64_t seed_;
  std::vector<int64_t> pictures_;
  NoisePurposes purposes_;
};

// Another source's noise, moved to a device.
class PlacedNoise final : public NoiseSource {
 public:
  PlacedNoise(NoiseSource& source, at::Device device) : source_(source), device_(device) {}
  at::Tensor initial(at::IntArrayRef shape) override { return source_.initial(shape).to(device_); }
  at::Tensor step(int64_t step, at::IntArrayRef shape) override {
    return source_.step(step, shape).to(device_);
  }

 private:
  NoiseSource& source_;
  at::Device device_;
};

// Gives back what it was given. InputError when asked for more steps or another shape.
class RecordedNoise final : public NoiseSource {
 public:
  RecordedNoise(at::Tensor initial /* [N,C,l,1] */, at::Tensor steps /* [K,N,C,l,1] */);
  at::Tensor initial(at::IntArrayRef shape) override;
  at::Tensor step(int64_t step, at::IntArrayRef shape) override;
  int64_t draws() const { return draws_; }  // calls of step() so far

 private:
  at::Tensor initial_;
  at::Tensor steps_;
  int64_t draws_ = 0;
};

}  // namespace gpst
