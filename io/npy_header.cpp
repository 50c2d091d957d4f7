#include "io/npy_header.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <stdexcept>

#include "base/error.h"
#include "io/bytes.h"
#include "io/quoted.h"
#include "io/shape.h"

namespace gpst {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;

[[noreturn]] void fail(std::string_view where, const std::string& what) {
  throw InputError(fmt::format("{}: {}", where, what));
}

// Reads the dictionary literal: exactly the three keys numpy writes, in any order.
class LiteralParser {
 public:
  LiteralParser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      parse_item();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size()) malformed("text after the dictionary");
    if (!descr_ || !fortran_ || !shape_) malformed("descr, fortran_order and shape are needed");
    return interpret();
  }

 private:
  [[noreturn]] void malformed(const std::string& what) const {
    fail(where_, fmt::format("malformed npy header at its character {}: {}", position_, what));
  }

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  bool accept(char c) {
    skip_space();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) malformed(fmt::format("expected '{}'", c));
  }

  std::string_view parse_string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) malformed("text without its closing quote");
    const std::string_view value = text_.substr(position_, end - position_);
    position_ = end + 1;
    return value;
  }

  bool accept_word(std::string_view word) {
    skip_space();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }

  int64_t parse_integer() {
    skip_space();
    int64_t value = 0;
    const char* end = text_.data() + text_.size();
    const auto result = std::from_chars(text_.data() + position_, end, value);
    if (result.ec != std::errc() || value < 0) malformed("expected a size");
    position_ = static_cast<size_t>(result.ptr - text_.data());
    return value;
  }

  std::vector<int64_t> parse_shape() {
    std::vector<int64_t> shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(parse_integer());
      accept_word("L");  // Python 2 wrote long integers so
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  void parse_item() {
    const std::string_view key = parse_string();
    expect(':');
    if (key == "descr" && !descr_) {
      skip_space();
      if (text_.substr(position_).starts_with('[')) fail(where_, "structured arrays are not read");
      descr_ = parse_string();
    } else if (key == "fortran_order" && !fortran_) {
      fortran_ = accept_word("True");
      if (!*fortran_ && !accept_word("False")) malformed("expected True or False");
    } else if (key == "shape" && !shape_) {
      shape_ = parse_shape();
    } else {
      malformed("unexpected key " + quote_name(key));
    }
  }

  NpyHeader interpret() {
    if (descr_->find('O') != std::string_view::npos) {
      fail(
          where_,
          "an object array is a pickle, which can run code when read, and is never opened: save it "
          "again as numbers");
    }
    const std::optional<DType> dtype = dtype_of_npy_descr(*descr_);
    if (!dtype) {
      const bool big_endian = descr_->starts_with('>');
      fail(where_, fmt::format("the element type {} is not read{}; save the array as a "
                               "little-endian float, integer or boolean type",
                               quote_name(*descr_), big_endian ? " (big-endian)" : ""));
    }
    // One dimension has the same order either way.
    if (*fortran_ && shape_->size() > 1) {
      fail(where_, "the array is in Fortran order: save numpy.ascontiguousarray(x) instead");
    }
    if (!checked_bytes(*shape_, dtype_size(*dtype))) {
      fail(where_, fmt::format("the shape {} is too large", shape_text(*shape_)));
    }
    return {*dtype, std::move(*shape_), 0};
  }

  std::string_view text_;
  std::string_view where_;
  size_t position_ = 0;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_;
  std::optional<std::vector<int64_t>> shape_;
};

// Bytes before the dictionary: magic, version, length of 2 or 4 bytes.
size_t prefix_size(std::span<const std::byte> start, std::string_view where) {
  if (start.size() < 10 || !as_text(start).starts_with(kMagic)) {
    fail(where, "not an npy array: it does not start with \\x93NUMPY");
  }
  const int major = std::to_integer<int>(start[6]);
  const int minor = std::to_integer<int>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    fail(where,
         fmt::format("npy version {}.{} is unknown; 1.0, 2.0 and 3.0 are read", major, minor));
  }
  return major == 1 ? 10 : 12;
}

}  // namespace

int64_t NpyHeader::elements() const { return checked_elements(shape).value(); }

uint64_t NpyHeader::data_bytes() const {
  return static_cast<uint64_t>(checked_bytes(shape, dtype_size(dtype)).value());
}

size_t npy_header_size(std::span<const std::byte> start, std::string_view where) {
  const size_t prefix = prefix_size(start, where);
  if (start.size() < prefix) fail(where, "the npy header is cut off");
  const size_t length = prefix == 10 ? load_le<uint16_t>(start, 8) : load_le<uint32_t>(start, 8);
  if (length > kMaxNpyHeaderBytes - prefix) {
    fail(where, fmt::format("the npy header claims {} bytes; at most {} are accepted", length,
                            kMaxNpyHeaderBytes - prefix));
  }
  return prefix + length;
}

NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where) {
  const size_t size = npy_header_size(bytes, where);
  if (bytes.size() < size) fail(where, "the npy header is cut off");
  const size_t prefix = prefix_size(bytes, where);
  LiteralParser parser(as_text(bytes.subspan(prefix, size - prefix)), where);
  NpyHeader header = parser.parse();
  header.header_bytes = size;
  return header;
}

std::string format_npy_header(DType dtype, const std::vector<int64_t>& shape) {
  const std::optional<std::string_view> descr = npy_descr(dtype);
  if (!descr || !checked_bytes(shape, dtype_size(dtype))) {
    throw std::invalid_argument(
        fmt::format("npy: cannot hold {} {}", dtype_name(dtype), shape_text(shape)));
  }
  std::string extents;
  for (const int64_t extent : shape) extents += fmt::format("{}, ", extent);
  if (shape.size() == 1) extents.pop_back();  // (3,) and (3, 4): as numpy prints tuples
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", *descr, extents);
  const size_t unpadded = 10 + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string out(kMagic);
  out += '\x01';
  out += '\x00';
  append_le(out, static_cast<uint16_t>(text.size()));
  return out + text;
}

}  // namespace gpst
