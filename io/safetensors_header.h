// The JSON header of a safetensors file, read strictly, and written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

// Larger headers are refused: no model has them, and a wrong file easily claims them.
inline constexpr uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

struct SafetensorsHeader {
  std::vector<TensorView> tensors;  // in the order of their data
  Metadata metadata;
};

// Reads the header of a whole file held in `file`. The views point into `file`. InputError,
// starting with `where`, for everything that safetensors.h promises to refuse.
SafetensorsHeader parse_safetensors(std::span<const std::byte> file, std::string_view where);

// The length field and the header, padded with spaces so that the tensors, which follow without
// gaps in the given order, start at a multiple of eight bytes. std::invalid_argument for a name
// used twice or a shape that overflows; InputError for a name or metadata that is not UTF-8.
std::string format_safetensors_header(const std::vector<TensorSpec>& tensors,
                                      const Metadata& metadata);

}  // namespace gpst
