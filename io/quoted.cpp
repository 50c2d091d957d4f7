#include "io/quoted.h"

#include <fmt/format.h>

namespace gpst {
namespace {

constexpr size_t kLongest = 160;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string quote_name(std::string_view name) {
  if (name.size() <= kLongest) return fmt::format("'{}'", escaped(name));
  const size_t part = kLongest / 2;
  return fmt::format("'{}...{}'", escaped(name.substr(0, part)),
                     escaped(name.substr(name.size() - part)));
}

}  // namespace gpst
