// The header of an .npy array: magic, version, and a Python dictionary literal
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } padded with spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/dtype.h"

namespace gpst {

struct NpyHeader {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;  // [] is a single value
  size_t header_bytes = 0;     // from the first byte of the .npy to its data

  int64_t elements() const;
  uint64_t data_bytes() const;
};

// The largest header accepted, and so the most a caller need provide.
inline constexpr size_t kMaxNpyHeaderBytes = 1 << 16;

// How many bytes the whole header has, from its first 12 bytes (fewer only if the .npy ends there).
// InputError, starting with `where`, for a wrong magic, version or length.
size_t npy_header_size(std::span<const std::byte> start, std::string_view where);

// Reads a header of version 1, 2 or 3. `bytes` are at least npy_header_size() long. InputError,
// starting with `where`: object arrays (pickles), Fortran order, big-endian, structured and string
// types, shapes whose size overflows, anything malformed.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where);

// A version 1.0 header as numpy writes it, its length a multiple of 64.
std::string format_npy_header(DType dtype, const std::vector<int64_t>& shape);

}  // namespace gpst
