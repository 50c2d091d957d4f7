// A folder of token shards made up by a test: two classes whose tokens differ.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "train/token_dataset.h"

namespace gpst {

struct TinyTokens {
  int64_t pictures = 24;
  int64_t shard_size = 10;
  bool flips = true;
  bool complete = true;
};

inline constexpr int64_t kTinyTokenCount = 4;  // l
inline constexpr int64_t kTinyChannels = 7;    // 5 + 2

// The tokens [1,l,7] of picture `index`; its class is index mod 2. A mirrored one has x negated.
at::Tensor tiny_tokens(int64_t index, bool mirrored = false);
at::Tensor tiny_initial(int64_t index, bool mirrored = false);  // [1,l,5]

void write_tiny_tokens(const std::filesystem::path& folder, const TinyTokens& what = {});

}  // namespace gpst
