#include "train/token_index.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

json to_json(const ChannelStatistics& statistics) {
  return {{"mean", statistics.mean}, {"std", statistics.std}};
}

ChannelStatistics statistics_from(const json& object) {
  return {object.at("mean").get<std::vector<double>>(),
          object.at("std").get<std::vector<double>>()};
}

TokenIndex parse(const json& object) {
  TokenIndex index;
  index.tokens = object.at("tokens");
  index.channels = object.at("channels");
  index.classes = object.at("classes");
  index.flips = object.at("flips");
  index.dtype = object.at("dtype");
  index.computed = object.value("computed", "fp32");  // the only type before it was recorded
  index.resize = object.at("resize");
  index.shard_size = object.at("shard_size");
  index.pictures = object.at("pictures");
  index.source_hash = object.at("source_hash");
  index.tokenizer_hash = object.at("tokenizer_hash");
  index.tokenizer_config = object.at("tokenizer_config");
  index.complete = object.at("complete");
  for (const json& shard : object.at("shards")) {
    index.shards.push_back({shard.at("name"), shard.at("count"), shard.at("xxh3")});
  }
  if (index.complete) {
    const json& statistics = object.at("statistics");
    index.statistics = {statistics_from(statistics.at("texture")),
                        statistics_from(statistics.at("layout")),
                        statistics.at("condition_std").get<std::vector<double>>()};
  }
  return index;
}

}  // namespace

int64_t TokenIndex::count() const {
  int64_t sum = 0;
  for (const ShardEntry& shard : shards) sum += shard.count;
  return sum;
}

TokenIndex read_token_index(const std::filesystem::path& folder, const std::string& name) {
  const std::string path = (folder / name).string();
  if (!path_exists(path)) {
    throw IoError(
        fmt::format("{}: no such file; a folder of tokens is made by 'gpstoken extract'", path));
  }
  try {
    const json object = json::parse(read_file(path));
    if (const int version = object.value("format_version", 0); version != kFormatVersion) {
      throw InputError(fmt::format("{}: format version {}, this program reads {}", path, version,
                                   kFormatVersion));
    }
    return parse(object);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: not an index of token shards: {}", path, error.what()));
  }
}

void write_token_index(const std::filesystem::path& folder, const TokenIndex& index,
                       const std::string& name) {
  json shards = json::array();
  for (const ShardEntry& shard : index.shards) {
    shards.push_back({{"name", shard.name}, {"count", shard.count}, {"xxh3", shard.xxh3}});
  }
  json object = {{"format_version", kFormatVersion},
                 {"tokens", index.tokens},
                 {"channels", index.channels},
                 {"classes", index.classes},
                 {"flips", index.flips},
                 {"dtype", index.dtype},
                 {"computed", index.computed},
                 {"resize", index.resize},
                 {"shard_size", index.shard_size},
                 {"pictures", index.pictures},
                 {"source_hash", index.source_hash},
                 {"tokenizer_hash", index.tokenizer_hash},
                 {"tokenizer_config", index.tokenizer_config},
                 {"complete", index.complete},
                 {"shards", shards}};
  if (index.complete) {
    object["statistics"] = {{"texture", to_json(index.statistics.texture)},
                            {"layout", to_json(index.statistics.layout)},
                            {"condition_std", index.statistics.condition_std}};
  }
  write_file_atomic((folder / name).string(), object.dump(1) + "\n");
}

}  // namespace gpst
