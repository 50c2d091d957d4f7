#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "image/codec.h"
#include "image/picture8.h"

namespace gpst {

class TarReader;

// The encoded bytes of one picture: a view into a mapped tar, or a file read whole.
class PictureBytes {
 public:
  explicit PictureBytes(std::string owned) : owned_(std::move(owned)) {}
  explicit PictureBytes(std::span<const std::byte> view) : view_(view) {}
  std::span<const std::byte> span() const {
    return owned_ ? std::as_bytes(std::span(*owned_)) : view_;
  }

 private:
  std::optional<std::string> owned_;
  std::span<const std::byte> view_;
};

// What is known of a picture before it is read.
struct PictureItem {
  // Path inside the folder or tar; for a list without the common leading folder; for a single file
  // its name. With '/', with its own extension, never absolute and never with "..".
  std::string relative_path;
  // First part of relative_path when it has more than one, for folders, tars and lists.
  std::string label_part;
};

// Where a picture stands: a file, or a member of a tar.
struct PictureEntry {
  PictureItem item;
  std::string path;                                // the file, or the tar
  std::shared_ptr<const TarReader> tar = nullptr;  // null for a file
  std::string member = {};
  int64_t offset = 0, bytes = 0;  // of the member
};

// Pictures from files, folders (recursive), tar files and text lists of paths, in one sorted order
// (bytes of the relative path). Opening lists names only; reading is const and thread-safe.
class PictureSource {
 public:
  using Item = PictureItem;

  // A folder takes files with a picture extension and counts the others; a file named directly or
  // in a list is tried whatever its name. Hidden files and folders inside a folder or tar are left
  // out. A text list is a file .txt, .lst or .list with a path a line, taken from the working
  // folder, or else from the list's own folder.
  // IoError: an absent path. InputError: nothing found, a broken tar, two pictures whose results
  // would have the same name (relative path without extension).
  static PictureSource open(const std::vector<std::string>& inputs);

  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  const Item& item(int64_t i) const { return entries_[static_cast<size_t>(i)].item; }
  // Where the picture is, for messages: a file path, or "archive.tar: member".
  std::string location(int64_t i) const;

  PictureBytes read(int64_t i) const;
  Picture8 load(int64_t i, const DecodeLimits& limits) const;

  // Files left out of folders and tars for their extension: extension -> count.
  const std::map<std::string, int64_t>& skipped() const { return skipped_; }
  // "12 files skipped (10 .txt, 2 .gif)", or "" when there are none.
  std::string skipped_note() const;

 private:
  std::vector<PictureEntry> entries_;
  std::map<std::string, int64_t> skipped_;
};

// `relative_path` with another extension ("dir/a.jpg", ".png" -> "dir/a.png"): the name of what is
// written for a picture.
std::string with_extension(std::string_view relative_path, std::string_view extension);

// .jpg .jpeg .jpe .jfif .png .webp in any case.
bool has_picture_extension(std::string_view path);

}  // namespace gpst
