// One 512-byte header block of a tar archive, and the records of PAX headers. Internal to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace gpst {

inline constexpr size_t kTarBlock = 512;

struct TarHeader {
  std::string name;  // with the ustar prefix in front
  int64_t size = 0;  // of the data that follows, without padding
  char type = '0';
};

bool is_zero_block(std::span<const std::byte> block);

// Whether the checksum of the block is right: the test for being a tar header at all.
bool tar_checksum_holds(std::span<const std::byte> block);

// Octal with spaces or NULs around it, or base-256 when the first bit is set. InputError, starting
// with `where`, for anything else, for negative numbers and for ones beyond 63 bits.
int64_t parse_tar_number(std::span<const std::byte> field, std::string_view where);

// A block whose checksum holds.
TarHeader parse_tar_header(std::span<const std::byte> block, std::string_view where);

// Adds records "LENGTH KEY=VALUE\n" to `records`, later ones winning.
void parse_pax_records(std::string_view text, std::string_view where,
                       std::map<std::string, std::string>& records);

}  // namespace gpst
