#include "io/crc32.h"

#include <zlib.h>

namespace gpst {

uint32_t crc32_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) return 0;  // a null pointer asks zlib for the start value
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

uint32_t join_crc32(uint32_t first, uint32_t second, int64_t second_bytes) {
  return static_cast<uint32_t>(crc32_combine(first, second, static_cast<z_off_t>(second_bytes)));
}

}  // namespace gpst
