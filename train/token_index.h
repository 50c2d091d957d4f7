// `index.json` of a folder of token shards (formats.md): what is there, and what it was made with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/channel_statistics.h"

namespace gpst {

struct ShardEntry {
  std::string name;  // "tokens_00000.safetensors"
  int64_t count = 0;
  std::string xxh3;  // of the whole file
};

// Statistics over all pictures, mirrored ones included.
struct TokenStatistics {
  ChannelStatistics texture;          // of texture_values(): (delta g, f), 5+c channels
  ChannelStatistics layout;           // of layout_values(): 5 channels
  std::vector<double> condition_std;  // of the initial Gaussians, 5; 0 for a constant channel
};

struct TokenIndex {
  int64_t tokens = 0;    // l
  int64_t channels = 0;  // 5+c
  int64_t classes = 0;   // labels are below it
  bool flips = false;    // tokens_flip and init_flip are there
  std::string dtype;     // of the tokens in the shards: "F32" or "F16"
  std::string computed;  // what the tokenizer computed in: "fp32" or "bf16"
  std::string resize;    // how pictures were scaled: "bilinear" or "area"
  int64_t shard_size = 0;
  int64_t pictures = 0;            // of the source, rejected ones included
  std::string source_hash;         // of sorted names and labels: no other source is resumed into
  std::string tokenizer_hash;      // of configuration and weights
  std::string tokenizer_config;    // YAML
  std::vector<ShardEntry> shards;  // a shard counts once it stands here
  bool complete = false;
  TokenStatistics statistics;  // empty until complete

  int64_t count() const;
};

// IoError: no such file in the folder. InputError: not an index, or of a newer format. Only
// processes that extract together have indexes of other names (extraction_parts.h).
TokenIndex read_token_index(const std::filesystem::path& folder,
                            const std::string& name = "index.json");
void write_token_index(const std::filesystem::path& folder, const TokenIndex& index,
                       const std::string& name = "index.json");

}  // namespace gpst
