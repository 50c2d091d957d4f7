// The grammar of the safetensors header, as events of a JSON parser.
//
// A parser into a document would silently keep one of two equal keys; this one sees every key. It
// keeps nothing but what the format allows, so that a header costs memory in proportion to its
// size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
struct DeclaredTensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  // bytes after the header
  uint64_t end = 0;
};

struct DeclaredHeader {
  std::vector<DeclaredTensor> tensors;  // in the order of the JSON
  Metadata metadata;
};

// InputError, starting with `where`: not JSON, not UTF-8, duplicate or unknown keys, missing or
// wrongly typed values.
DeclaredHeader parse_safetensors_json(std::string_view json, std::string_view where);

}  // namespace gpst
