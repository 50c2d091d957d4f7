#include "flow/class_rows.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gpst {

at::Tensor class_rows(std::span<const int64_t> labels, int64_t num_classes) {
  for (const int64_t label : labels) {
    if (label >= 0 && label < num_classes) continue;
    throw InputError(
        fmt::format("class {} does not exist: the model has {} classes", label, num_classes));
  }
  return at::tensor(at::ArrayRef<int64_t>(labels.data(), labels.size()), at::kLong);
}

}  // namespace gpst
