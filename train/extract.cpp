#include "train/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/progress.h"
#include "image/picture_source.h"
#include "io/json_lines.h"
#include "nn/batch_pipeline.h"
#include "nn/worker_threads.h"
#include "ops/token_columns.h"
#include "sampler/tokenizer_batches.h"
#include "tokenizer/picture_tensor.h"
#include "train/token_shard.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRejects = "rejects.jsonl";

// Of names and labels: what makes a source another one.
std::string hash_of_source(const ExtractJob& job) {
  Xxh3 hash;
  for (size_t i = 0; i < job.positions.size(); ++i) {
    const std::string& name = job.source.item(job.positions[i]).relative_path;
    hash.update(name.data(), name.size() + 1);
    hash.update(&job.labels[i], sizeof(job.labels[i]));
  }
  return hash.hex();
}

TokenIndex fresh_index(const ExtractJob& job, const ExtractOptions& options) {
  const TokenizerOptions& tokenizer = job.tokenizer.options();
  TokenIndex index;
  index.tokens = options.tokens.value_or(tokenizer.gps.gps_num);
  index.channels = kGeometry + tokenizer.gps.gps_c;
  index.classes = job.classes;
  index.flips = options.flips;
  index.dtype = dtype_name(options.dtype);
  index.computed = job.tokenizer.type() == at::kBFloat16 ? "bf16" : "fp32";
  index.resize = resize_mode_name(options.resize);
  index.shard_size = options.shard_size;
  index.pictures = static_cast<int64_t>(job.positions.size());
  index.source_hash = hash_of_source(job);
  index.tokenizer_hash = job.tokenizer_hash;
  index.tokenizer_config = job.tokenizer_config;
  return index;
}

// The index to go on with: the one that stands there, if it is of the same job.
TokenIndex continued_index(TokenIndex wanted, const fs::path& folder) {
  if (!path_exists((folder / "index.json").string())) return wanted;
  const TokenIndex found = read_token_index(folder);
  const auto key = [](const TokenIndex& i) {
    return std::tie(i.tokens, i.channels, i.classes, i.flips, i.dtype, i.computed, i.resize,
                    i.shard_size, i.pictures, i.source_hash, i.tokenizer_hash);
  };
  if (key(found) != key(wanted)) {
    throw InputError(fmt::format(
        "{}: holds tokens of other pictures, another tokenizer or other options; choose another "
        "folder, or --overwrite",
        folder.string()));
  }
  return found;
}

bool has_shard(const TokenIndex& index, const std::string& name) {
  return std::ranges::any_of(index.shards, [&](const ShardEntry& s) { return s.name == name; });
}

class Extraction {
 public:
  Extraction(const ExtractJob& job, const ExtractOptions& options, const fs::path& folder, Log& log)
      : job_(job),
        options_(options),
        folder_(folder),
        index_(continued_index(fresh_index(job, options), folder)),
        rejects_((folder / kRejects).string()),
        progress_(log, "extracting tokens", index_.pictures, {.enabled = options.show_progress}) {}

  ExtractReport run() {
    if (!index_.complete) extract();
    return {.pictures = index_.count(),
            .rejected = index_.pictures - index_.count(),
            .shards = static_cast<int64_t>(index_.shards.size())};
  }

 private:
  void extract() {
    // Rejects of a run that did not get to its first shard would come a second time.
    if (index_.shards.empty()) remove_tree((folder_ / kRejects).string());
    const int64_t size = options_.shard_size;
    for (int64_t shard = 0; shard * size < index_.pictures; ++shard) {
      const int64_t first = shard * size;
      const int64_t count = std::min(size, index_.pictures - first);
      if (has_shard(index_, shard_name(shard))) {
        progress_.advance(count);
      } else {
        write_shard(shard_name(shard), encode_all(first, count));
      }
    }
    if (index_.shards.empty()) {
      throw InputError(fmt::format("all {} pictures were rejected; the reasons stand in {}",
                                   index_.pictures, (folder_ / kRejects).string()));
    }
    index_.statistics = statistics_of_shards(folder_, index_);
    index_.complete = true;
    write_token_index(folder_, index_);
  }

  std::vector<ExtractedPicture> encode_all(int64_t first, int64_t count) {
    std::vector<ExtractedPicture> pictures(static_cast<size_t>(count));
    if (options_.batch_size > 1) {
      encode_in_batches(first, pictures);
      return pictures;
    }
    for_each_on_workers(count, options_.threads, [&](int64_t i, int) {
      pictures[static_cast<size_t>(i)] = encode_one(static_cast<size_t>(first + i));
      progress_.advance();
    });
    return pictures;
  }

  Picture8 crop_of(int64_t id) const {
    const auto side = static_cast<int>(job_.tokenizer.options().tile_side());
    return preprocess(job_.source.load(id, {}), {.size = side, .mode = options_.resize});
  }

  EncodeOptions encode_options() const { return {.tokens = options_.tokens}; }

  ExtractedPicture encode_one(size_t place) const {
    ExtractedPicture result{.id = job_.positions[place], .label = job_.labels[place]};
    const auto encode = [&](const Picture8& picture) {
      return job_.tokenizer.encode(picture_tensor(picture), encode_options());
    };
    try {
      const Picture8 crop = crop_of(result.id);
      if (options_.flips) result.mirrored = encode(mirror(crop));
      result.plain = encode(crop);
    } catch (const InputError& error) {
      result.reason = error.what();
    } catch (const IoError& error) {
      result.reason = error.what();
    }
    return result;
  }

  // A picture on its way through a device: as it is, then mirrored where that is asked for.
  struct Loaded {
    ExtractedPicture result = {};
    std::vector<at::Tensor> ways = {};  // [3,S,S] each; none where it cannot be read
  };

  Loaded load(size_t place) const {
    Loaded loaded{.result = {.id = job_.positions[place], .label = job_.labels[place]}};
    try {
      const Picture8 crop = crop_of(loaded.result.id);
      loaded.ways.push_back(picture_tensor(crop));
      if (options_.flips) loaded.ways.push_back(picture_tensor(mirror(crop)));
    } catch (const InputError& error) {
      loaded.result.reason = error.what();
    } catch (const IoError& error) {
      loaded.result.reason = error.what();
    }
    return loaded;
  }

  Pending<ExtractedPicture> start(TokenizerBatches& batches,
                                  std::span<const Loaded> pictures) const {
    std::vector<at::Tensor> values;
    for (const Loaded& picture : pictures) {
      values.insert(values.end(), picture.ways.begin(), picture.ways.end());
    }
    return [pictures, pending = batches.encode(values, encode_options())] {
      return results_of(pictures, pending());
    };
  }

  static std::vector<ExtractedPicture> results_of(std::span<const Loaded> pictures,
                                                  std::vector<BatchedPicture> made) {
    std::vector<ExtractedPicture> results;
    auto next = made.begin();
    for (const Loaded& picture : pictures) {
      ExtractedPicture result = picture.result;
      for (size_t way = 0; way < picture.ways.size(); ++way, ++next) {
        if (!next->problem.empty()) result.reason = next->problem;
        (way == 0 ? result.plain : result.mirrored) = std::move(next->encoded);
      }
      if (!result.reason.empty()) result.plain.reset();
      results.push_back(std::move(result));
    }
    return results;
  }

  void encode_in_batches(int64_t first, std::vector<ExtractedPicture>& pictures) {
    TokenizerBatches batches(job_.tokenizer);
    run_pipeline<Loaded, ExtractedPicture>(
        {.load = [&](int64_t i) { return load(static_cast<size_t>(first + i)); },
         .start = [&](std::span<const Loaded> loaded) { return start(batches, loaded); },
         .finish =
             [&](int64_t i, const Loaded&, const ExtractedPicture& made) {
               pictures[static_cast<size_t>(i)] = made;
               progress_.advance();
             }},
        {.count = static_cast<int64_t>(pictures.size()),
         .batch = options_.batch_size,
         .threads = options_.threads});
  }

  // First the rejects, then the shard, then the index in which it counts: killed in between, the
  // shard is made again.
  void write_shard(const std::string& name, const std::vector<ExtractedPicture>& pictures) {
    for (const ExtractedPicture& picture : pictures) {
      if (picture.plain) continue;
      rejects_.append({{"path", job_.source.location(picture.id)}, {"reason", picture.reason}});
    }
    const NamedTensors tensors = shard_tensors(pictures, options_.dtype);
    if (tensors.empty()) return;
    const std::string path = (folder_ / name).string();
    save_tensors(path, tensors);
    index_.shards.push_back({name, tensors.front().second.size(0), xxh3_hex(MappedFile(path))});
    write_token_index(folder_, index_);
  }

  const ExtractJob& job_;
  const ExtractOptions& options_;
  const fs::path& folder_;
  TokenIndex index_;
  JsonLinesWriter rejects_;
  Progress progress_;
};

}  // namespace

ExtractReport extract_tokens(const ExtractJob& job, const ExtractOptions& options,
                             const fs::path& folder, Log& log) {
  create_directories(folder.string());
  const FileLock lock((folder / ".lock").string());
  return Extraction(job, options, folder, log).run();
}

void remove_tokens(const fs::path& folder) {
  if (!is_directory(folder.string())) return;
  const FileLock lock((folder / ".lock").string());
  // The index first: without it no shard counts.
  remove_tree((folder / "index.json").string());
  remove_tree((folder / kRejects).string());
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tokens_") && name.ends_with(".safetensors")) shards.push_back(entry);
  }
  for (const fs::path& shard : shards) remove_tree(shard.string());
}

}  // namespace gpst
