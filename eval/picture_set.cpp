#include "eval/picture_set.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "eval/picture_part.h"

namespace gpst {

PictureSet PictureSet::open(const std::vector<std::string>& inputs,
                            const PictureSetOptions& options) {
  PictureSet set;
  set.options_ = options;
  for (const std::string& input : inputs) {
    set.parts_.push_back(std::make_shared<const PicturePart>(input));
    set.begins_.push_back(set.all_);
    set.all_ += set.parts_.back()->size();
  }
  if (set.all_ == 0) throw InputError("no pictures given: name a folder, a tar, a list or an npz");
  return set;
}

int64_t PictureSet::size() const { return chosen_ ? static_cast<int64_t>(chosen_->size()) : all_; }

PictureSet::Place PictureSet::place_of(int64_t i) const {
  const int64_t index = chosen_ ? chosen_->at(static_cast<size_t>(i)) : i;
  const auto part = std::upper_bound(begins_.begin(), begins_.end(), index) - begins_.begin() - 1;
  const auto at = static_cast<size_t>(part);
  return {parts_[at].get(), index - begins_[at]};
}

std::string PictureSet::name(int64_t i) const {
  const Place place = place_of(i);
  return place.part->name(place.index);
}

std::string PictureSet::location(int64_t i) const {
  const Place place = place_of(i);
  return place.part->location(place.index);
}

bool PictureSet::has_archives() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->is_npz(); });
}

std::string PictureSet::skipped_note() const {
  std::string notes;
  for (const auto& part : parts_) {
    const std::string note = part->skipped_note();
    if (!note.empty()) notes += (notes.empty() ? "" : "; ") + note;
  }
  return notes;
}

PictureSet PictureSet::select(const std::vector<int64_t>& indices) const {
  PictureSet selected = *this;
  std::vector<int64_t> chosen;
  for (const int64_t i : indices) {
    chosen.push_back(chosen_ ? chosen_->at(static_cast<size_t>(i)) : i);
  }
  selected.chosen_ = std::move(chosen);
  return selected;
}

PictureCursor PictureSet::cursor() const { return PictureCursor(*this); }

PictureCursor::PictureCursor(const PictureSet& set) : set_(set) {}
PictureCursor::~PictureCursor() = default;
PictureCursor::PictureCursor(PictureCursor&&) noexcept = default;

std::vector<PendingPicture> PictureCursor::next(int64_t count) {
  std::vector<PendingPicture> pictures;
  while (count-- > 0 && index_ < set_.size()) {
    pictures.push_back(next_one());
    ++index_;
  }
  return pictures;
}

PendingPicture PictureCursor::next_one() {
  const auto [part, index] = set_.place_of(index_);
  PendingPicture pending{
      .index = index_, .name = part->name(index), .location = part->location(index), .load = {}};
  const auto cropped = [options = set_.options()](Picture8 picture) {
    if (!options.size) return picture;
    return preprocess(picture, {.size = *options.size, .mode = options.resize});
  };
  if (!part->is_npz()) {
    pending.load = [part = part, index = index, cropped] { return cropped(part->load(index)); };
    return pending;
  }
  if (open_part_ != part) {
    rows_ = std::make_unique<NpyRowReader>(part->rows());
    open_part_ = part;
    next_row_ = 0;
  }
  Picture8 picture;
  for (; next_row_ <= index; ++next_row_) picture = part->next_picture(*rows_);
  pending.load = [picture = std::move(picture), cropped] { return cropped(picture); };
  return pending;
}

}  // namespace gpst
