#include "io/file_kind.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "io/bytes.h"

namespace gpst {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPickle =
    "this is a PyTorch pickle, which can run code when read and is never opened here: convert it "
    "to safetensors first";

struct Signature {
  std::string_view start;
  std::string_view hint;
};

constexpr std::array kSignatures{
    Signature{"version https://git-lfs"sv,
              "this is a git-lfs pointer, not the file itself: run 'git lfs pull'"sv},
    Signature{"\x80\x02"sv, kPickle},
    Signature{"\x80\x03"sv, kPickle},
    Signature{"\x80\x04"sv, kPickle},
    Signature{"\x80\x05"sv, kPickle},
    Signature{"\x93NUMPY"sv, "this is a single .npy array"sv},
    Signature{"\x89HDF\r\n"sv, "this is an HDF5 file"sv},
    Signature{"GGUF"sv, "this is a GGUF file"sv},
    Signature{"\x1f\x8b"sv, "this is gzip-compressed: decompress it first (gunzip)"sv},
    Signature{"\x28\xb5\x2f\xfd"sv, "this is zstd-compressed: decompress it first (unzstd)"sv},
    Signature{"BZh"sv, "this is bzip2-compressed: decompress it first (bunzip2)"sv},
    Signature{"\xfd"
              "7zXZ"sv,
              "this is xz-compressed: decompress it first (unxz)"sv},
    Signature{"\x89PNG"sv, "this is a PNG picture"sv},
    Signature{"\xff\xd8\xff"sv, "this is a JPEG picture"sv},
};

bool looks_like_html(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (start == std::string_view::npos) return false;
  std::string head(text.substr(start, 14));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return head.starts_with("<!doctype html") || head.starts_with("<html") ||
         head.starts_with("<head");
}

// torch.save writes a zip whose members are archive/data.pkl, archive/data/0, ...
std::string zip_hint(std::string_view text) {
  const bool is_torch = text.substr(0, 4096).find("data.pkl") != std::string_view::npos;
  return std::string(is_torch ? kPickle : "this is a zip archive (an npz file, perhaps)");
}

}  // namespace

std::string foreign_file_hint(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  if (text.empty()) return "the file is empty";
  if (text.starts_with("PK\x03\x04"sv) || text.starts_with("PK\x05\x06"sv)) return zip_hint(text);
  if (looks_like_html(text)) {
    return "this is an HTML page, probably an error or login page saved by a download: fetch it "
           "again";
  }
  for (const Signature& signature : kSignatures) {
    if (text.starts_with(signature.start)) return std::string(signature.hint);
  }
  if (text.size() > 262 && text.substr(257).starts_with("ustar")) return "this is a tar archive";
  return "";
}

}  // namespace gpst
