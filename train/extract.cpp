#include "train/extract.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "image/picture_source.h"
#include "io/json_lines.h"
#include "layout_gen/layout_transform.h"
#include "nn/weights.h"
#include "ops/token_columns.h"
#include "texture_gen/texture_target.h"
#include "tokenizer/picture_tensor.h"
#include "train/token_dataset.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

// The tokens of one picture and of its mirror image, or why there are none.
struct Extracted {
  std::optional<EncodedPicture> plain;
  std::optional<EncodedPicture> mirrored;
  std::string reason;
};

std::string shard_name(int64_t shard) { return fmt::format("tokens_{:05}.safetensors", shard); }

std::string hash_of_names(const ExtractJob& job) {
  Xxh3 hash;
  for (const int64_t position : job.positions) {
    const std::string& name = job.source.item(position).relative_path;
    hash.update(name.data(), name.size() + 1);
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
  index.shard_size = options.shard_size;
  index.pictures = static_cast<int64_t>(job.positions.size());
  index.source_hash = hash_of_names(job);
  index.tokenizer_hash = job.tokenizer_hash;
  index.tokenizer_config = job.tokenizer_config;
  return index;
}

// The index to go on with: the one that stands there, if it is of the same job.
TokenIndex continued_index(TokenIndex wanted, const fs::path& folder) {
  if (!path_exists((folder / "index.json").string())) return wanted;
  const TokenIndex found = read_token_index(folder);
  const auto key = [](const TokenIndex& i) {
    return std::tie(i.tokens, i.channels, i.classes, i.flips, i.shard_size, i.pictures,
                    i.source_hash, i.tokenizer_hash);
  };
  if (key(found) != key(wanted)) {
    throw InputError(fmt::format(
        "{}: holds tokens of other pictures, another tokenizer or other options; choose another "
        "folder, or --overwrite",
        folder.string()));
  }
  return found;
}

Extracted extract_one(const ExtractJob& job, const ExtractOptions& options, int64_t position) {
  Extracted result;
  try {
    const Picture8 crop = preprocess(
        job.source.load(position, {}),
        {.size = static_cast<int>(job.tokenizer.options().tile_side()), .mode = options.resize});
    const auto encode = [&](const Picture8& picture) {
      return job.tokenizer.encode(picture_tensor(picture), {.tokens = options.tokens});
    };
    result.plain = encode(crop);
    if (options.flips) result.mirrored = encode(mirror(crop));
  } catch (const InputError& error) {
    result.reason = error.what();
  } catch (const IoError& error) {
    result.reason = error.what();
  }
  return result;
}

class Statistics {
 public:
  explicit Statistics(int64_t channels)
      : texture_(channels), layout_(kGeometry), initial_(kGeometry) {}

  void add(const at::Tensor& tokens /*[N,l,5+c]*/, const at::Tensor& initial /*[N,l,5]*/) {
    texture_.add(texture_values(tokens, initial));
    layout_.add(layout_values(initial));
    initial_.add(initial);
  }
  TokenStatistics result() const {
    return {texture_.statistics(), layout_.statistics(), initial_.deviations()};
  }

 private:
  ChannelAccumulator texture_, layout_, initial_;
};

// Tensors of a shard from what was extracted; rejected pictures are left out.
NamedTensors shard_tensors(const std::vector<Extracted>& extracted, const ExtractJob& job,
                           const ExtractOptions& options, int64_t first) {
  std::vector<at::Tensor> tokens, initial, tokens_flip, initial_flip;
  std::vector<int64_t> ids;
  std::vector<int32_t> labels;
  for (size_t i = 0; i < extracted.size(); ++i) {
    const Extracted& picture = extracted[i];
    if (!picture.plain) continue;
    const auto item = static_cast<size_t>(first) + i;
    ids.push_back(job.positions[item]);
    labels.push_back(static_cast<int32_t>(job.labels[item]));
    tokens.push_back(picture.plain->tokens.values());
    initial.push_back(picture.plain->initial.values());
    if (options.flips) {
      tokens_flip.push_back(picture.mirrored->tokens.values());
      initial_flip.push_back(picture.mirrored->initial.values());
    }
  }
  if (ids.empty()) return {};
  const at::ScalarType type = scalar_type_of(options.dtype);
  NamedTensors tensors = {{shard_tensor::kTokens, at::cat(tokens).to(type)},    // [N,l,5+c]
                          {shard_tensor::kInitial, at::cat(initial).to(type)},  // [N,l,5]
                          {shard_tensor::kLabels, at::tensor(labels, at::kInt)},
                          {shard_tensor::kIds, at::tensor(ids, at::kLong)}};
  if (options.flips) {
    tensors.emplace_back(shard_tensor::kTokensFlip, at::cat(tokens_flip).to(type));
    tensors.emplace_back(shard_tensor::kInitialFlip, at::cat(initial_flip).to(type));
  }
  return tensors;
}

// Over what stands in the shards, so that an extraction in several runs has the same statistics.
TokenStatistics statistics_of(const fs::path& folder, const TokenIndex& index) {
  Statistics statistics(index.channels);
  for (const ShardEntry& entry : index.shards) {
    const auto file = SafetensorsFile::open((folder / entry.name).string());
    const auto tensor = [&](const char* name) { return to_tensor_f32(file.get(name)); };
    statistics.add(tensor(shard_tensor::kTokens), tensor(shard_tensor::kInitial));
    if (index.flips) {
      statistics.add(tensor(shard_tensor::kTokensFlip), tensor(shard_tensor::kInitialFlip));
    }
  }
  return statistics.result();
}

// Which shards of the job the index has already, by their number in the name.
bool has_shard(const TokenIndex& index, int64_t shard) {
  return std::ranges::any_of(
      index.shards, [&](const ShardEntry& entry) { return entry.name == shard_name(shard); });
}

void report_rejects(const std::vector<Extracted>& extracted, const ExtractJob& job, int64_t first,
                    JsonLinesWriter& rejects, ExtractReport& report) {
  for (size_t i = 0; i < extracted.size(); ++i) {
    if (extracted[i].plain) continue;
    const int64_t position = job.positions[static_cast<size_t>(first) + i];
    rejects.append({{"path", job.source.location(position)}, {"reason", extracted[i].reason}});
    ++report.rejected;
  }
}

}  // namespace

ExtractReport extract_tokens(const ExtractJob& job, const ExtractOptions& options,
                             const fs::path& folder, Log& log) {
  create_directories(folder.string());
  const FileLock lock((folder / ".lock").string());
  TokenIndex index = continued_index(fresh_index(job, options), folder);
  const auto total = static_cast<int64_t>(job.positions.size());
  const int64_t shards = (total + options.shard_size - 1) / options.shard_size;
  JsonLinesWriter rejects((folder / "rejects.jsonl").string());
  ExtractReport report;
  Progress progress(log, "extracting tokens", total, {.enabled = options.show_progress});
  for (int64_t shard = 0; shard < shards; ++shard) {
    const int64_t first = shard * options.shard_size;
    const int64_t count = std::min(options.shard_size, total - first);
    if (has_shard(index, shard)) {
      progress.advance(count);
      continue;
    }
    std::vector<Extracted> extracted(static_cast<size_t>(count));
    parallel_for(count, options.threads, [&](int64_t i, int) {
      extracted[static_cast<size_t>(i)] =
          extract_one(job, options, job.positions[static_cast<size_t>(first + i)]);
      progress.advance();
    });
    const NamedTensors tensors = shard_tensors(extracted, job, options, first);
    if (!tensors.empty()) {
      const fs::path path = folder / shard_name(shard);
      save_tensors(path, tensors);
      const MappedFile written(path.string());
      index.shards.push_back(
          {shard_name(shard), tensors.front().second.size(0), xxh3_hex(written.bytes())});
      write_token_index(folder, index);
    }
    report_rejects(extracted, job, first, rejects, report);
  }
  if (index.shards.empty()) {
    throw InputError(fmt::format("all {} pictures were rejected; the reasons stand in {}", total,
                                 (folder / "rejects.jsonl").string()));
  }
  if (!index.complete) {
    index.statistics = statistics_of(folder, index);
    index.complete = true;
    write_token_index(folder, index);
  }
  report.pictures = index.count();
  report.shards = static_cast<int64_t>(index.shards.size());
  return report;
}

}  // namespace gpst
