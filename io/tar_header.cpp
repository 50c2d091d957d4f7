#include "io/tar_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "io/bytes.h"
#include "io/quoted.h"

namespace gpst {
namespace {

struct Field {
  size_t offset;
  size_t size;
};

constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr size_t kType = 156;
constexpr Field kMagic{257, 6};
constexpr Field kPrefix{345, 155};

std::span<const std::byte> bytes_of(std::span<const std::byte> block, Field field) {
  return block.subspan(field.offset, field.size);
}

std::string_view text_of(std::span<const std::byte> block, Field field) {
  const std::string_view text = as_text(bytes_of(block, field));
  return text.substr(0, text.find('\0'));
}

int64_t parse_base256(std::span<const std::byte> field, std::string_view where) {
  if (std::to_integer<int>(field[0]) & 0x40) {
    throw InputError(fmt::format("{}: negative number in a tar header", where));
  }
  uint64_t value = std::to_integer<uint64_t>(field[0]) & 0x3F;
  for (const std::byte byte : field.subspan(1)) {
    if (value > std::numeric_limits<int64_t>::max() >> 8) {
      throw InputError(fmt::format("{}: number too large in a tar header", where));
    }
    value = value << 8 | std::to_integer<uint64_t>(byte);
  }
  return static_cast<int64_t>(value);
}

}  // namespace

bool is_zero_block(std::span<const std::byte> block) {
  return std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool tar_checksum_holds(std::span<const std::byte> block) {
  // Old writers summed signed characters.
  int64_t unsigned_sum = 0;
  int64_t signed_sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool in_field = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const auto byte = in_field ? uint8_t{' '} : std::to_integer<uint8_t>(block[i]);
    unsigned_sum += byte;
    signed_sum += static_cast<int8_t>(byte);
  }
  int64_t stored = 0;
  std::string_view text = text_of(block, kChecksum);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto result = std::from_chars(text.data(), text.data() + text.size(), stored, 8);
  return result.ec == std::errc() && (stored == unsigned_sum || stored == signed_sum);
}

int64_t parse_tar_number(std::span<const std::byte> field, std::string_view where) {
  if (std::to_integer<int>(field[0]) & 0x80) return parse_base256(field, where);
  std::string_view text = as_text(field);
  text = text.substr(0, text.find('\0'));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find(' '));
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  const bool whole = result.ptr == text.data() + text.size();
  if (!text.empty() && (result.ec != std::errc() || !whole || value < 0)) {
    throw InputError(fmt::format("{}: bad number {} in a tar header", where, quote_name(text)));
  }
  return value;
}

TarHeader parse_tar_header(std::span<const std::byte> block, std::string_view where) {
  TarHeader header;
  header.name = text_of(block, kName);
  // GNU headers ("ustar" and two spaces) keep times where ustar has the prefix.
  if (as_text(bytes_of(block, kMagic)) == std::string_view("ustar\0", 6)) {
    const std::string_view prefix = text_of(block, kPrefix);
    if (!prefix.empty()) header.name = fmt::format("{}/{}", prefix, header.name);
  }
  header.type = std::to_integer<char>(block[kType]);
  header.size = parse_tar_number(bytes_of(block, kSize),
                                 fmt::format("{}: member {}", where, quote_name(header.name)));
  return header;
}

void parse_pax_records(std::string_view text, std::string_view where,
                       std::map<std::string, std::string>& records) {
  while (!text.empty()) {
    size_t length = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), length);
    const size_t digits = static_cast<size_t>(result.ptr - text.data());
    if (result.ec != std::errc() || length > text.size() || length < digits + 4 ||
        text[digits] != ' ' || text[length - 1] != '\n') {
      throw InputError(fmt::format("{}: broken PAX header", where));
    }
    const std::string_view record = text.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) {
      throw InputError(fmt::format("{}: PAX record {} has no '='", where, quote_name(record)));
    }
    records[std::string(record.substr(0, equals))] = record.substr(equals + 1);
    text.remove_prefix(length);
  }
}

}  // namespace gpst
