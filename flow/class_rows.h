// The classes of a batch of pictures.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

namespace gpst {

// int64 [N]. InputError for a label outside [0, num_classes).
at::Tensor class_rows(std::span<const int64_t> labels, int64_t num_classes);

}  // namespace gpst
