#include "flow/velocity_field.h"

namespace gpst {

at::Tensor CountingField::evaluate(const at::Tensor& x, float t) {
  rows_ += x.size(0);
  times_.push_back(t);
  return inner_.evaluate(x, t);
}

}  // namespace gpst
