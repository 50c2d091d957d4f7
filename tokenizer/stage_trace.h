// A record of intermediate results, for tests and for losses that look inside a model.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace gpst {

// Stage name -> result. A model that is given one adds its stages; the tensors are never changed
// afterwards and keep their gradient.
using StageTrace = std::map<std::string, at::Tensor>;

inline void record(StageTrace* trace, const std::string& name, const at::Tensor& value) {
  if (trace != nullptr) trace->insert_or_assign(name, value);
}

}  // namespace gpst
