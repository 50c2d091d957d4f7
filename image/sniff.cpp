#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "base/error.h"
#include "image/codec.h"

namespace gpst {
namespace {

using namespace std::string_view_literals;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_webp(std::string_view text) {
  return text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP";
}

std::optional<Format> known_format(std::string_view text) {
  if (text.starts_with("\xff\xd8\xff"sv)) return Format::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return Format::png;
  if (is_webp(text)) return Format::webp;
  return std::nullopt;
}

struct Signature {
  size_t offset;
  std::string_view magic;
  std::string_view what;
};

constexpr std::string_view kConvert = "convert it to JPEG, PNG or WebP";

// Formats that people do hand in, so that the message can say what to do.
constexpr std::array kPictureFormats = {
    Signature{0, "GIF87a", "GIF"},
    Signature{0, "GIF89a", "GIF"},
    Signature{0, "BM", "BMP"},
    Signature{0, "II*\0"sv, "TIFF"},
    Signature{0, "MM\0*"sv, "TIFF"},
    Signature{4, "ftypavif", "AVIF"},
    Signature{4, "ftypheic", "HEIC"},
    Signature{4, "ftypheix", "HEIC"},
    Signature{4, "ftypmif1", "HEIF"},
    Signature{0, "\xff\x0a"sv, "JPEG XL"},
    Signature{4, "JXL \r\n\x87\n"sv, "JPEG XL"},
    Signature{4, "jP  \r\n\x87\n"sv, "JPEG 2000"},
    Signature{0, "8BPS", "Photoshop"},
    Signature{0, "P5", "PGM"},
    Signature{0, "P6", "PPM"},
};

constexpr std::array kOtherContent = {
    Signature{0, "version https://git-lfs.github.com", "a git-lfs pointer: run git lfs pull"},
    Signature{0, "PK\x03\x04", "a zip archive: unpack it"},
    Signature{0, "\x1f\x8b", "a gzip file: unpack it"},
    Signature{0, "%PDF", "a PDF document"},
    Signature{0, "\x93NUMPY", "a numpy array"},
    Signature{257, "ustar", "a tar archive: give it a name that ends in .tar"},
};

std::string_view find_signature(std::string_view text, std::span<const Signature> signatures) {
  const auto found = std::ranges::find_if(signatures, [&](const Signature& s) {
    return text.size() >= s.offset + s.magic.size() &&
           text.substr(s.offset, s.magic.size()) == s.magic;
  });
  return found == signatures.end() ? std::string_view{} : found->what;
}

bool is_markup(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (start == std::string_view::npos || text[start] != '<') return false;
  const std::string_view rest = text.substr(start + 1, 1);
  return rest == "!" || rest == "?" || (!rest.empty() && std::isalpha(rest[0]) != 0);
}

bool is_plain_text(std::string_view text) {
  const std::string_view head = text.substr(0, 256);
  return std::ranges::all_of(
      head, [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t'; });
}

std::string hex_of_start(std::string_view text) {
  std::string hex;
  for (const char c : text.substr(0, 8)) hex += fmt::format(" {:02x}", static_cast<uint8_t>(c));
  return hex;
}

std::string describe_unknown(std::string_view text) {
  if (text.empty()) return "the file is empty";
  if (const auto format = find_signature(text, kPictureFormats); !format.empty()) {
    return fmt::format("this is {}, which is not supported: {}", format, kConvert);
  }
  if (const auto what = find_signature(text, kOtherContent); !what.empty()) {
    return fmt::format("this is {}", what);
  }
  if (is_markup(text)) return "this is HTML or XML text, perhaps the error page of a download";
  if (is_plain_text(text)) return "this is text, not a picture";
  return fmt::format("unknown content that begins with{}", hex_of_start(text));
}

}  // namespace

std::string_view format_name(Format format) {
  switch (format) {
    case Format::jpeg:
      return "JPEG";
    case Format::png:
      return "PNG";
    case Format::webp:
      return "WebP";
  }
  return "unknown";
}

Format sniff(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text = as_text(bytes);
  if (const auto format = known_format(text)) return *format;
  throw InputError(fmt::format("{}: expected a JPEG, PNG or WebP picture, but {}", name,
                               describe_unknown(text)));
}

}  // namespace gpst
