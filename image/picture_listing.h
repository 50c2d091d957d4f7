#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "image/picture_source.h"

namespace gpst {

// Finds the pictures of the inputs of PictureSource::open. Used inside image/ only.
struct PictureListing {
  std::vector<PictureEntry> entries;
  std::map<std::string, int64_t> skipped;  // extension -> files left out
};
PictureListing list_pictures(const std::vector<std::string>& inputs);

std::string location_of(const PictureEntry& entry);
std::string describe_skipped(const std::map<std::string, int64_t>& skipped);

// The ways an input can give pictures; each appends to the listing.
void list_folder(const std::string& folder, PictureListing& listing);
void list_tar(const std::string& path, PictureListing& listing);
void list_text_file(const std::string& path, PictureListing& listing);

// Counts a file that is left out for its extension.
void count_skipped(std::string_view path, PictureListing& listing);
// First part of "a/b/c.jpg", "" when there is only one.
std::string first_part(std::string_view relative_path);

}  // namespace gpst
