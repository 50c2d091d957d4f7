// Pictures ready for tokenizer training: cropped, with their initial Gaussians.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "image/picture8.h"
#include "image/picture_source.h"
#include "image/preprocess.h"
#include "tokenizer/config.h"
#include "tokenizer/partition.h"

namespace gpst {

class Log;

struct PictureBatch {
  at::Tensor pictures;  // [B,3,S,S] in [-1,1]
  at::Tensor initial;   // [B,l,5]
  at::Tensor regions;   // [B,l,4]
};

struct PictureRequest {
  int64_t index = 0;  // in the source
  bool flip = false;  // mirrored, and partitioned anew
};

// Thread-safe. Crops and partitions are kept in memory as far as `cache_bytes` reaches; the first
// epoch pays for decoding and partition, the later ones do not. Beyond that a picture costs one
// byte, and its name in the source.
class TrainingPictures {
 public:
  TrainingPictures(PictureSource source, const TokenizerOptions& tokenizer, ResizeMode mode,
                   int64_t cache_bytes, Log& log);

  const PictureSource& source() const { return source_; }
  // InputError naming the picture when one cannot be read.
  PictureBatch batch(const std::vector<PictureRequest>& requests, int threads = 1);
  Picture8 crop(const PictureRequest& request);

  // The first of `pool` from `place` on, round and round, that can be read: a bad picture costs
  // itself only. Each bad one is warned of once. InputError when all are bad.
  int64_t readable(const std::vector<int64_t>& pool, int64_t place);
  int64_t rejected() const { return rejected_; }  // bad ones met so far

 private:
  // What is kept of a picture: 8 bytes a region.
  struct CompactRegion {
    uint16_t x0, y0, x1, y1;
  };
  struct Kept {
    std::optional<Picture8> crop = {};
    std::vector<CompactRegion> regions[2] = {};  // as it is, mirrored
  };
  // What is kept of the pictures index, index + kShelves, ..., which share a lock.
  struct Shelf {
    std::mutex mutex;
    std::unordered_map<int64_t, Kept> kept;
    // The crop made last, when memory was out for it: it is used right after it was checked.
    int64_t last_index = -1;
    Picture8 last;
  };
  enum class Health : uint8_t { unknown, good, bad };
  static constexpr int64_t kShelves = 64;
  static constexpr int64_t kEntryBytes = sizeof(Kept) + 64;  // of a table

  Shelf& shelf_of(int64_t index) { return shelves_[static_cast<size_t>(index % kShelves)]; }
  // With the shelf's lock held, under which the result stays.
  const Picture8& decoded(Shelf& shelf, int64_t index);
  bool is_bad(int64_t index);
  Partition partition_of(const PictureRequest& request, std::span<const float> chw);
  bool reserve(int64_t bytes);

  PictureSource source_;
  TokenizerOptions tokenizer_;
  ResizeMode mode_;
  std::array<Shelf, kShelves> shelves_;
  std::vector<Health> health_;  // of a picture, under its shelf's lock
  std::atomic<int64_t> cache_left_;
  std::atomic<int64_t> rejected_ = 0;
  Log& log_;
};

}  // namespace gpst
