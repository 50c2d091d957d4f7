// Shards of tokens (formats.md): what extraction writes, and the statistics of what stands in them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "nn/weights.h"
#include "tokenizer/tokenizer.h"
#include "train/token_index.h"

namespace gpst {

// One picture on its way into a shard; without `plain` it was rejected for `reason`.
struct ExtractedPicture {
  int64_t id = 0;  // position in the sorted input list
  int64_t label = 0;
  std::optional<EncodedPicture> plain = {};
  std::optional<EncodedPicture> mirrored = {};
  std::string reason = {};
};

// "tokens_00003.safetensors"
std::string shard_name(int64_t shard);

// The tensors of a shard, tokens and initial Gaussians in `dtype`, in the order of the pictures.
// Rejected pictures are left out; empty when all of them are.
NamedTensors shard_tensors(const std::vector<ExtractedPicture>& pictures, DType dtype);

// Read back from the shards of the index, so that an extraction in several runs has the very
// statistics of one in a single run.
TokenStatistics statistics_of_shards(const std::filesystem::path& folder, const TokenIndex& index);

// Positions of the pictures that have tokens, read back as well.
std::unordered_set<int64_t> ids_of_shards(const std::filesystem::path& folder,
                                          const TokenIndex& index);

}  // namespace gpst
