// One input of a PictureSet. Used inside eval/ only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "image/picture_source.h"
#include "io/npz.h"

namespace gpst {

class PicturePart {
 public:
  // As PictureSet::open says for one input.
  explicit PicturePart(const std::string& input);

  int64_t size() const;
  std::string name(int64_t i) const;
  std::string location(int64_t i) const;
  std::string skipped_note() const;

  bool is_npz() const { return npz_.has_value(); }
  // Of files. InputError when the picture cannot be read.
  Picture8 load(int64_t i) const;
  // Of an npz: its rows from the first, and one of them as a picture.
  NpyRowReader rows() const;
  Picture8 next_picture(NpyRowReader& rows) const;

 private:
  int64_t in_source(int64_t i) const { return used_[static_cast<size_t>(i)]; }

  std::optional<PictureSource> source_;
  std::vector<int64_t> used_;  // of the source's pictures
  std::optional<NpzReader> npz_;
  int64_t count_ = 0, height_ = 0, width_ = 0;  // of the npz
};

}  // namespace gpst
