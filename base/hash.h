// XXH3-64 checksums, against accidents and not against attackers, as 16 hexadecimal digits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gpst {

class MappedFile;

std::string xxh3_hex(std::span<const std::byte> bytes);
std::string xxh3_hex(std::string_view text);
// Of a file's content, without keeping it in memory.
std::string xxh3_hex(const MappedFile& file);

// The same over data that comes in pieces.
class Xxh3 {
 public:
  Xxh3();
  Xxh3(Xxh3&&) noexcept;
  Xxh3& operator=(Xxh3&&) noexcept;
  ~Xxh3();
  void update(const void* data, std::size_t size);
  std::string hex() const;  // of all so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gpst
