// SHA-256 (FIPS 180-4) as 64 hexadecimal digits: names the exact file that a number was made with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gpst {

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

// The same over data that comes in pieces.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // of all so far

 private:
  static constexpr size_t kBlock = 64;

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, kBlock> rest_ = {};  // what did not fill a block yet
  uint64_t size_ = 0;                        // bytes so far
};

}  // namespace gpst
