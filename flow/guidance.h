// Classifier-free guidance inside an interval of t, computing only the rows that matter
// (numerics.md 7): v = v_none + cfg (v_class - v_none) while low/1000 <= t <= high/1000 (both ends
// inclusive, compared in float32), v_class alone outside or when cfg is 1. Of a net's channels the
// first few can be guided alone; the others take v_class everywhere.
#pragma once

#include <cstdint>

#include "flow/options.h"
#include "flow/velocity_field.h"

namespace gpst {

struct Guidance {
  double scale = 1;
  int64_t low = 0, high = 1000;  // thousandths of t
  int64_t channels = 0;          // the first of the net's channels that are guided; 0: all

  static Guidance of(const SamplingOptions& options);
  // Whether rows without class are needed at time t.
  bool active(float t) const;
};

// Around a field that takes N rows, each with its class, or 2N rows, of which the second N are
// answered without class. The guided field itself takes N rows. Keeps a reference to `inner`.
class GuidedField final : public VelocityField {
 public:
  GuidedField(VelocityField& inner, const Guidance& guidance)
      : inner_(inner), guidance_(guidance) {}
  at::Tensor evaluate(const at::Tensor& x /* [N,C,l,1] */, float t) override;

 private:
  VelocityField& inner_;
  Guidance guidance_;
};

}  // namespace gpst
