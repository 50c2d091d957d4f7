// Pictures of an extraction through the tokenizer: one a thread, or in batches.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "train/extract.h"
#include "train/token_shard.h"

namespace gpst {

// Keeps references to both.
class PictureEncoder {
 public:
  PictureEncoder(const ExtractJob& job, const ExtractOptions& options)
      : job_(job), options_(options) {}

  // Those with the places first, ..., first + count - 1 in the job. One that cannot be read has a
  // reason instead of tokens. `done` is called after every picture, from any thread.
  std::vector<ExtractedPicture> encode(int64_t first, int64_t count,
                                       const std::function<void()>& done) const;

 private:
  ExtractedPicture encode_one(size_t place) const;
  void encode_in_batches(int64_t first, std::vector<ExtractedPicture>& pictures,
                         const std::function<void()>& done) const;

  const ExtractJob& job_;
  const ExtractOptions& options_;
};

}  // namespace gpst
