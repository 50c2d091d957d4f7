#include "image/picture_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kPictureExtensions = {".jpg",  ".jpeg", ".jpe",
                                                                ".jfif", ".png",  ".webp"};
constexpr std::array<std::string_view, 3> kListExtensions = {".txt", ".lst", ".list"};
constexpr std::array<std::string_view, 6> kCompressedTars = {".tgz",    ".tbz",     ".txz",
                                                             ".tar.gz", ".tar.bz2", ".tar.xz"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// ".jpg" of "a/b.JPG"; "" for none and for ".hidden".
std::string extension_of(std::string_view path) {
  return lower(fs::path(path).extension().string());
}

bool ends_with_any(std::string_view path, std::span<const std::string_view> endings) {
  const std::string name = lower(path);
  return std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

void list_file(const std::string& path, PictureListing& listing) {
  listing.entries.push_back(
      {.item = {.relative_path = fs::path(path).filename().string(), .label_part = ""},
       .path = path});
}

void list_input(const std::string& path, PictureListing& listing) {
  if (!path_exists(path)) {
    throw IoError(
        fmt::format("{}: no such file or folder; expected pictures, a folder, a tar or a "
                    "text list of paths",
                    path));
  }
  if (is_directory(path)) return list_folder(path, listing);
  if (ends_with_any(path, kCompressedTars)) {
    throw InputError(
        fmt::format("{}: a compressed tar cannot be read in place; unpack it to a "
                    "plain .tar first",
                    path));
  }
  const std::string extension = extension_of(path);
  if (extension == ".tar") return list_tar(path, listing);
  if (std::ranges::find(kListExtensions, extension) != kListExtensions.end()) {
    return list_text_file(path, listing);
  }
  list_file(path, listing);
}

void refuse_same_results(const std::vector<PictureEntry>& entries) {
  std::unordered_map<std::string, const PictureEntry*> seen;
  for (const PictureEntry& entry : entries) {
    const auto [place, fresh] = seen.emplace(with_extension(entry.item.relative_path, ""), &entry);
    if (fresh) continue;
    throw InputError(fmt::format(
        "{} and {}: the results of both would be named \"{}\"; rename one, or give them one by one "
        "with different output folders",
        location_of(*place->second), location_of(entry), place->first));
  }
}

void refuse_none(const std::vector<std::string>& inputs, const PictureListing& listing) {
  if (!listing.entries.empty()) return;
  std::string places;
  for (const std::string& input : inputs) places += (places.empty() ? "" : ", ") + input;
  const std::string skipped = describe_skipped(listing.skipped);
  throw InputError(fmt::format("{}: no pictures found{}{}; expected names that end in {}",
                               inputs.empty() ? "no input given" : places,
                               skipped.empty() ? "" : ", ", skipped,
                               fmt::join(kPictureExtensions, " ")));
}

}  // namespace

bool has_picture_extension(std::string_view path) {
  return std::ranges::find(kPictureExtensions, extension_of(path)) != kPictureExtensions.end();
}

std::string with_extension(std::string_view relative_path, std::string_view extension) {
  return fs::path(relative_path).replace_extension().string().append(extension);
}

std::string first_part(std::string_view relative_path) {
  const size_t slash = relative_path.find('/');
  return slash == std::string_view::npos ? "" : std::string(relative_path.substr(0, slash));
}

std::string location_of(const PictureEntry& entry) {
  return entry.tar ? fmt::format("{}: {}", entry.path, entry.member) : entry.path;
}

void count_skipped(std::string_view path, PictureListing& listing) {
  ++listing.skipped[extension_of(path)];
}

std::string describe_skipped(const std::map<std::string, int64_t>& skipped) {
  int64_t total = 0;
  std::string parts;
  for (const auto& [extension, count] : skipped) {
    total += count;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count,
                         extension.empty() ? "without extension" : extension);
  }
  if (total == 0) return "";
  return fmt::format("{} {} skipped ({})", total, total == 1 ? "file" : "files", parts);
}

PictureListing list_pictures(const std::vector<std::string>& inputs) {
  PictureListing listing;
  for (const std::string& input : inputs) list_input(input, listing);
  refuse_none(inputs, listing);
  std::ranges::stable_sort(
      listing.entries, {},
      [](const PictureEntry& entry) -> const std::string& { return entry.item.relative_path; });
  refuse_same_results(listing.entries);
  return listing;
}

}  // namespace gpst
