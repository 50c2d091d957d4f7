// Pictures ready for tokenizer training: cropped, with their initial Gaussians.
#pragma once

#include <ATen/core/Tensor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
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
// epoch pays for decoding and partition, the later ones do not.
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
  struct Slot {
    std::mutex mutex;
    std::optional<Picture8> crop;
    std::vector<CompactRegion> regions[2];  // as it is, mirrored
    bool checked = false, bad = false;
  };

  // With the slot's lock held: the crop is in the slot afterwards, or returned when memory is out.
  std::optional<Picture8> decode_into(Slot& slot, int64_t index);
  bool is_bad(int64_t index);
  Partition partition_of(const PictureRequest& request, std::span<const float> chw);
  bool reserve(int64_t bytes);

  PictureSource source_;
  TokenizerOptions tokenizer_;
  ResizeMode mode_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::atomic<int64_t> cache_left_;
  std::atomic<int64_t> rejected_ = 0;
  Log& log_;
};

}  // namespace gpst
