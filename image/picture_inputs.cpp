// The inputs that hold many pictures: folders, tars and text lists.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "image/picture_listing.h"
#include "io/tar.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

PictureItem make_item(std::string relative_path) {
  std::string label = first_part(relative_path);
  return {std::move(relative_path), std::move(label)};
}

bool is_hidden(const fs::path& name) { return name.native().starts_with('.'); }

[[noreturn]] void throw_cannot_list(const fs::path& path, const std::error_code& reason) {
  throw IoError(fmt::format("{}: cannot be listed: {}", path.string(), reason.message()));
}

// Walks a folder and the folders in it, linked ones too, without going round in circles.
class FolderWalk {
 public:
  explicit FolderWalk(PictureListing& listing) : listing_(listing) {}

  void visit(const fs::path& folder, const fs::path& relative) {
    std::error_code error;
    const fs::path canonical = fs::canonical(folder, error);
    if (error) throw_cannot_list(folder, error);
    if (!open_folders_.insert(canonical).second) return;  // a link to a folder we are inside of
    fs::directory_iterator entry(folder, error);
    if (error) throw_cannot_list(folder, error);
    for (; entry != fs::directory_iterator(); entry.increment(error)) {
      const fs::path name = entry->path().filename();
      if (!is_hidden(name)) visit_entry(*entry, relative / name);
    }
    if (error) throw_cannot_list(folder, error);
    open_folders_.erase(canonical);
  }

 private:
  void visit_entry(const fs::directory_entry& entry, const fs::path& relative) {
    std::error_code ignored;  // a broken link is neither folder nor file
    if (entry.is_directory(ignored)) return visit(entry.path(), relative);
    const std::string name = relative.generic_string();
    if (entry.is_regular_file(ignored) && has_picture_extension(name)) {
      listing_.entries.push_back({.item = make_item(name), .path = entry.path().string()});
    } else {
      count_skipped(name, listing_);
    }
  }

  PictureListing& listing_;
  std::set<fs::path> open_folders_;
};

bool has_hidden_part(const fs::path& path) { return std::ranges::any_of(path, is_hidden); }

bool leaves_its_folder(const fs::path& path) {
  return path.is_absolute() || (!path.empty() && *path.begin() == "..");
}

// The paths of a list without blank lines and line ends of other systems.
std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  for (const auto part : std::views::split(read_file(path), '\n')) {
    std::string line(part.begin(), part.end());
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

fs::path resolve_line(const std::string& line, const fs::path& list_folder) {
  const fs::path from_here = fs::absolute(line).lexically_normal();
  std::error_code ignored;
  if (fs::exists(from_here, ignored)) return from_here;
  const fs::path from_list = fs::absolute(list_folder / line).lexically_normal();
  return fs::exists(from_list, ignored) ? from_list : from_here;
}

// The longest folder that all paths lie in.
fs::path common_folder(const std::vector<fs::path>& paths) {
  fs::path common = paths.front().parent_path();
  for (const fs::path& path : paths) {
    const fs::path folder = path.parent_path();
    const auto differs = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end());
    fs::path shared;
    for (auto part = common.begin(); part != differs.first; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

}  // namespace

void list_folder(const std::string& folder, PictureListing& listing) {
  FolderWalk(listing).visit(folder, "");
}

void list_tar(const std::string& path, PictureListing& listing) {
  const auto tar = std::make_shared<const TarReader>(path);
  if (!tar->links().empty()) {  // they carry no data
    listing.skipped["links"] += static_cast<int64_t>(tar->links().size());
  }
  for (const TarEntry& entry : tar->entries()) {
    const fs::path name = fs::path(entry.name).lexically_normal();
    if (leaves_its_folder(name)) {
      throw InputError(
          fmt::format("{}: member \"{}\" lies outside of the archive's folder", path, entry.name));
    }
    if (has_hidden_part(name)) continue;
    if (!has_picture_extension(name.native())) {
      count_skipped(name.native(), listing);
      continue;
    }
    listing.entries.push_back({.item = make_item(name.generic_string()),
                               .path = path,
                               .tar = tar,
                               .member = entry.name,
                               .offset = entry.offset,
                               .bytes = entry.size});
  }
}

void list_text_file(const std::string& path, PictureListing& listing) {
  const fs::path list_folder = fs::path(path).parent_path();
  std::vector<fs::path> paths;
  for (const std::string& line : read_lines(path)) paths.push_back(resolve_line(line, list_folder));
  if (paths.empty()) throw InputError(fmt::format("{}: the list has no paths", path));
  const fs::path common = common_folder(paths);
  for (const fs::path& each : paths) {
    listing.entries.push_back({.item = make_item(each.lexically_relative(common).generic_string()),
                               .path = each.string()});
  }
}

}  // namespace gpst
