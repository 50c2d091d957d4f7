// The tensors a frozen network needs, out of a weights file.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

using TensorsByName = std::map<std::string, at::Tensor, std::less<>>;

// The tensors named in `wanted` as float32, whatever floating type is stored; the types in `wanted`
// are not looked at, other names in the file are passed over. InputError that lists those that are
// missing, and those of another shape with both shapes; `network` is what the message calls them.
TensorsByName read_tensors(const SafetensorsFile& file, const std::vector<TensorSpec>& wanted,
                           std::string_view network);

// nullptr: there is no tensor of that name.
using TensorLookup = std::function<const TensorView*(std::string_view name)>;

// The same for files with names of their own; `where` is what the message calls them.
TensorsByName read_tensors(const TensorLookup& find, std::string_view where,
                           const std::vector<TensorSpec>& wanted, std::string_view network);

}  // namespace gpst
