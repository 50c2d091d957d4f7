// The pictures of an evaluation: folders, tars, lists, single pictures and npz archives, several of
// them as one set, in one fixed order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "image/preprocess.h"

namespace gpst {

class NpyRowReader;
class PicturePart;

struct PictureSetOptions {
  // Side of the square each picture is scaled and cropped to; without it pictures stay as they are.
  std::optional<int> size;
  ResizeMode resize = ResizeMode::area;
};

// A picture whose turn has come. Decoding is left to whoever wants it, on any thread.
struct PendingPicture {
  int64_t index = 0;     // in the set
  std::string name;      // path inside its input without extension; "000042" in an npz
  std::string location;  // for messages: a file, "archive.tar: member", "samples.npz: arr_0[42]"
  // InputError when the picture cannot be read.
  std::function<Picture8()> load;
};

class PictureCursor;

// Opening lists names and reads headers only.
class PictureSet {
 public:
  // Each input is a folder (recursive), a tar, a text list of paths, a picture, or an npz with
  // arr_0 uint8 [N,H,W,3]. The set is theirs in the order given; inside an input it is that of
  // PictureSource or of the array. IoError: an absent path. InputError: nothing found, an npz
  // without such an array, whatever PictureSource and NpzReader refuse.
  static PictureSet open(const std::vector<std::string>& inputs,
                         const PictureSetOptions& options = {});

  int64_t size() const;
  std::string name(int64_t i) const;
  std::string location(int64_t i) const;
  bool has_archives() const;  // whether an npz is among the inputs
  // "12 files skipped (10 .txt, 2 .gif)", or "".
  std::string skipped_note() const;
  const PictureSetOptions& options() const { return options_; }

  // The set of these pictures of this one, in this order, which must rise where there are archives:
  // what is not chosen is read past.
  PictureSet select(const std::vector<int64_t>& indices) const;

  PictureCursor cursor() const;

 private:
  friend class PictureCursor;
  std::vector<std::shared_ptr<const PicturePart>> parts_;
  std::vector<int64_t> begins_;  // number of each part's first picture
  int64_t all_ = 0;              // pictures of the parts
  std::optional<std::vector<int64_t>> chosen_;
  PictureSetOptions options_;

  struct Place {
    const PicturePart* part;
    int64_t index;  // in the part
  };
  Place place_of(int64_t i) const;
};

// Goes through a set once, from front to back; for one thread. The set must stay.
class PictureCursor {
 public:
  explicit PictureCursor(const PictureSet& set);
  ~PictureCursor();
  PictureCursor(PictureCursor&&) noexcept;

  // The next `count` pictures, fewer at the end. Archives are read here, files by load().
  std::vector<PendingPicture> next(int64_t count);

 private:
  PendingPicture next_one();

  const PictureSet& set_;
  int64_t index_ = 0;  // of the next picture in the set
  const PicturePart* open_part_ = nullptr;
  std::unique_ptr<NpyRowReader> rows_;  // of the open part
  int64_t next_row_ = 0;
};

}  // namespace gpst
