// The CRC-32 of zip and PNG, of pieces and of what they make together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gpst {

uint32_t crc32_of(std::span<const std::byte> bytes);
// Of the bytes of `first` followed by the `second_bytes` bytes of `second`, from their two numbers.
uint32_t join_crc32(uint32_t first, uint32_t second, int64_t second_bytes);

}  // namespace gpst
