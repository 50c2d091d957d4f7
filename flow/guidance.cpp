#include "flow/guidance.h"

namespace gpst {
namespace {

// The published program compares a float32 t with low/1000 rounded to float32.
float end_of(int64_t thousandths) {
  return static_cast<float>(static_cast<double>(thousandths) / 1000);
}

}  // namespace

Guidance Guidance::of(const SamplingOptions& options) {
  return {.scale = options.cfg,
          .low = options.interval[0],
          .high = options.interval[1],
          .channels = options.cfg_channels};
}

bool Guidance::active(float t) const { return scale != 1 && t >= end_of(low) && t <= end_of(high); }

at::Tensor GuidedField::evaluate(const at::Tensor& x, float t) {
  if (!guidance_.active(t)) return inner_.evaluate(x, t);
  const at::Tensor both = inner_.evaluate(at::cat({x, x}), t);  // [2N,C,l,1]
  const at::Tensor with_class = both.narrow(0, 0, x.size(0));
  const at::Tensor without = both.narrow(0, x.size(0), x.size(0));
  const at::Tensor guided = without + (with_class - without) * guidance_.scale;
  const int64_t all = x.size(1), first = guidance_.channels;
  if (first == 0 || first >= all) return guided;
  return at::cat({guided.narrow(1, 0, first), with_class.narrow(1, first, all - first)}, 1);
}

}  // namespace gpst
