// The field of a frozen SiT for N pictures: what a sampler integrates.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "flow/velocity_field.h"
#include "nn/frozen_sit.h"

namespace gpst {

struct SitFieldOptions {
  int64_t tokens = 0;  // l
  // Times at which the field will be evaluated, in this order (evaluation_times, sample.h): what
  // depends on time alone is computed for many of them at once. Empty: whatever comes.
  std::vector<float> times;
  int64_t table_bytes = int64_t{1} << 26;  // at most so much memory for that
};

// Takes the rows of guidance.h: N with their classes, or 2N of which the second N are a copy of the
// first and are answered without class.
class SitField final : public VelocityField {
 public:
  // y, condition and later x lie on the device of the net. InputError as FrozenSit::fill.
  SitField(FrozenSit net, const at::Tensor& y /* [N] int64 */,
           const at::Tensor& condition /* [N,l,K] or undefined */, const SitFieldOptions& options);

  // InputError for a time out of order.
  at::Tensor evaluate(const at::Tensor& x /* [N or 2N,C,l,1] */, float t) override;

 private:
  // Loads what belongs to t; returns its number in the schedule.
  int64_t prepare(float t);

  FrozenSit net_;
  bool is_scheduled_;
  SitSchedule schedule_;
  SitBatch batch_;
  int64_t next_ = 0;  // number of the time that comes next
};

}  // namespace gpst
