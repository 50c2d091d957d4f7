#include "flow/class_rows.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"

namespace gpst {

at::Tensor class_and_none_rows(std::span<const int64_t> labels, int64_t num_classes) {
  std::vector<int64_t> rows(labels.begin(), labels.end());
  for (const int64_t label : rows) {
    if (label >= 0 && label < num_classes) continue;
    throw InputError(
        fmt::format("class {} does not exist: the model has {} classes", label, num_classes));
  }
  rows.resize(2 * rows.size(), num_classes);
  return at::tensor(rows, at::kLong);
}

}  // namespace gpst
