// Extracted tokens, read from their shards by memory mapping.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "train/token_index.h"

namespace gpst {

struct TokenRow {
  int64_t index = 0;
  bool flip = false;  // the mirrored picture's tokens; needs index().flips
};

struct TokenBatch {
  at::Tensor tokens;            // [B,l,5+c] float32
  at::Tensor initial;           // [B,l,5] float32
  std::vector<int64_t> labels;  // [B]
};

// Thread-safe after opening. What it takes does not grow with the rows, only with the shards, about
// 2 KB each; the rows are pages of the mapped files, which the system drops when it needs the
// memory.
class TokenDataset {
 public:
  // InputError: an unfinished extraction, a shard whose shapes or count are not those of the index.
  static TokenDataset open(const std::filesystem::path& folder);

  const TokenIndex& index() const { return index_; }
  int64_t size() const { return ends_.back(); }
  TokenBatch batch(const std::vector<TokenRow>& rows) const;
  int64_t label(int64_t index) const;

 private:
  // Where a row stands.
  struct Place {
    const SafetensorsFile& shard;
    int64_t position = 0;
  };
  Place place_of(int64_t index) const;

  TokenIndex index_;
  std::vector<SafetensorsFile> shards_;
  std::vector<int64_t> ends_;  // rows of the shards up to and with each
};

// Names of the tensors of a shard, here once for writer and reader.
namespace shard_tensor {
inline constexpr const char* kTokens = "tokens";
inline constexpr const char* kInitial = "init";
inline constexpr const char* kTokensFlip = "tokens_flip";
inline constexpr const char* kInitialFlip = "init_flip";
inline constexpr const char* kLabels = "labels";
inline constexpr const char* kIds = "ids";
}  // namespace shard_tensor

}  // namespace gpst
