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

// Thread-safe after opening.
class TokenDataset {
 public:
  // InputError: an unfinished extraction, a shard whose shapes or count are not those of the index.
  static TokenDataset open(const std::filesystem::path& folder);

  const TokenIndex& index() const { return index_; }
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  TokenBatch batch(const std::vector<TokenRow>& rows) const;
  int64_t label(int64_t index) const { return rows_[static_cast<size_t>(index)].label; }

 private:
  struct Row {
    int32_t shard;
    int32_t position;
    int64_t label;
  };

  TokenIndex index_;
  std::vector<SafetensorsFile> shards_;
  std::vector<Row> rows_;
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
