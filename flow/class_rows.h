// The labels of the rows that a guided net is asked for (guidance.h).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

namespace gpst {

// The N labels, then N times `num_classes`, which stands for no class: int64 [2N]. InputError for a
// label outside [0, num_classes).
at::Tensor class_and_none_rows(std::span<const int64_t> labels, int64_t num_classes);

}  // namespace gpst
