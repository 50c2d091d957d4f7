// Sizes of shapes read from files: products that must not overflow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gpst {

// The number of elements of a shape; nothing when an extent is negative or the product of the
// extents that are not zero does not fit an int64.
std::optional<int64_t> checked_elements(std::span<const int64_t> shape);

// The number of bytes; nothing when checked_elements has nothing or the bytes do not fit an int64.
std::optional<int64_t> checked_bytes(std::span<const int64_t> shape, size_t element_size);

// "[3, 224, 224]"
std::string shape_text(std::span<const int64_t> shape);

}  // namespace gpst
