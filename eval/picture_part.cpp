#include "eval/picture_part.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

constexpr const char* kPictures = "arr_0";

bool ends_in_npz(const std::string& path) { return path.ends_with(".npz"); }

std::string expected() { return "expected arr_0 uint8 [N,H,W,3], RGB of 0..255"; }

// InputError unless these are pictures; says what to do about the usual mistakes.
void check_pictures(const NpyHeader& header, const std::string& path) {
  const auto& shape = header.shape;
  const std::string found =
      fmt::format("{}: arr_0 is {} [{}]", path, dtype_name(header.dtype), fmt::join(shape, ","));
  if (shape.size() == 4 && shape[1] == 3 && shape[3] != 3) {
    throw InputError(fmt::format("{}; {}: move the channels to the end (transpose(0, 2, 3, 1))",
                                 found, expected()));
  }
  if (shape.size() != 4 || shape[3] != 3 || shape[1] < 1 || shape[2] < 1) {
    throw InputError(fmt::format("{}; {}", found, expected()));
  }
  if (header.dtype != DType::u8) {
    throw InputError(
        fmt::format("{}; {}: scale to 0..255, round and store as uint8", found, expected()));
  }
  if (shape[0] == 0) throw InputError(found + "; there is no picture in it");
}

// In the folder of `gpstoken sample`, the grids it draws of its samples (grid.png, or one a shard).
bool is_grid_of_samples(const std::string& folder, const std::string& relative_path) {
  return relative_path.starts_with("grid.") && path_exists(folder + "/labels.txt");
}

}  // namespace

PicturePart::PicturePart(const std::string& input) {
  if (!ends_in_npz(input)) {
    source_ = PictureSource::open({input});
    for (int64_t i = 0; i < source_->size(); ++i) {
      if (!is_grid_of_samples(input, source_->item(i).relative_path)) used_.push_back(i);
    }
    return;
  }
  npz_ = NpzReader::open(input);
  if (!npz_->contains(kPictures)) {
    const bool statistics = npz_->contains("mu");
    throw InputError(
        fmt::format("{}: no array arr_0; it has: {}{}", input, fmt::join(npz_->names(), ", "),
                    statistics ? " (statistics; pictures are needed here)" : "; " + expected()));
  }
  const NpyHeader header = npz_->header(kPictures);
  check_pictures(header, input);
  count_ = header.shape[0];
  height_ = header.shape[1];
  width_ = header.shape[2];
}

int64_t PicturePart::size() const { return source_ ? static_cast<int64_t>(used_.size()) : count_; }

std::string PicturePart::name(int64_t i) const {
  if (source_) return with_extension(source_->item(in_source(i)).relative_path, "");
  return fmt::format("{:06}", i);
}

std::string PicturePart::location(int64_t i) const {
  if (source_) return source_->location(in_source(i));
  return fmt::format("{}: arr_0[{}]", npz_->path(), i);
}

std::string PicturePart::skipped_note() const {
  if (!source_) return "";
  const int64_t grids = source_->size() - size();
  const std::string note = source_->skipped_note();
  if (grids == 0) return note;
  return fmt::format("grids of samples left out: {}{}{}", grids, note.empty() ? "" : "; ", note);
}

Picture8 PicturePart::load(int64_t i) const { return source_->load(in_source(i), {}); }

NpyRowReader PicturePart::rows() const { return npz_->rows(kPictures); }

Picture8 PicturePart::next_picture(NpyRowReader& rows) const {
  Picture8 picture(static_cast<int>(width_), static_cast<int>(height_));
  rows.read_rows(std::as_writable_bytes(std::span(picture.rgb)));
  return picture;
}

}  // namespace gpst
