#include "io/shape.h"

#include <fmt/ranges.h>

namespace gpst {

std::optional<int64_t> checked_elements(std::span<const int64_t> shape) {
  int64_t nonzero_product = 1;
  bool empty = false;
  for (const int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(nonzero_product, extent, &nonzero_product)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : nonzero_product;
}

std::optional<int64_t> checked_bytes(std::span<const int64_t> shape, size_t element_size) {
  const std::optional<int64_t> elements = checked_elements(shape);
  int64_t bytes = 0;
  if (!elements || __builtin_mul_overflow(*elements, element_size, &bytes)) return std::nullopt;
  return bytes;
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace gpst
