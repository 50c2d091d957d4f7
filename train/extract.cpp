#include "train/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "image/picture_source.h"
#include "io/json_lines.h"
#include "ops/token_columns.h"
#include "train/extraction_rejects.h"
#include "train/picture_encoder.h"
#include "train/token_shard.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

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

// The index of this process, to go on with: without the shards that are to be made again.
TokenIndex continued_index(const TokenIndex& wanted, const fs::path& folder, int64_t process,
                           const FinishedShards& finished) {
  TokenIndex index = find_token_index(folder, index_file(process)).value_or(wanted);
  const size_t lost = std::erase_if(
      index.shards, [&](const ShardEntry& shard) { return !finished.has(shard.name); });
  if (lost > 0) {
    index.complete = false;
    index.statistics = {};
  }
  return index;
}

FinishedShards finished_shards(const TokenIndex& job, const fs::path& folder) {
  FinishedShards finished(folder, job);
  finished.update();
  return finished;
}

// Of process 0 nobody asks whether it runs; at the others' locks it looks for a moment.
FileLock lock_of(const fs::path& folder, int64_t process) {
  const std::string path = (folder / process_lock_file(process)).string();
  for (int tries = process == 0 ? 1 : 20; tries > 1; --tries) {
    try {
      return FileLock(path);
    } catch (const IoError&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  return FileLock(path);
}

bool is_running(const fs::path& folder, int64_t process) {
  const std::string path = (folder / process_lock_file(process)).string();
  if (!path_exists(path)) return false;
  try {
    const FileLock lock(path);
    return false;
  } catch (const IoError&) {
    return true;
  }
}

class Extraction {
 public:
  Extraction(const ExtractJob& job, const ExtractOptions& options, const fs::path& folder, Log& log)
      : job_(job),
        options_(options),
        folder_(folder),
        log_(log),
        fresh_(fresh_index(job, options)),
        finished_(finished_shards(fresh_, folder)),
        index_(continued_index(fresh_, folder, process(), finished_)),
        rejects_((folder / rejects_file(process())).string()),
        encoder_(job, options) {}

  ExtractReport run() {
    if (!index_.complete) extract();
    if (process() == 0) remove_files_of_others(folder_);
    return report();
  }

 private:
  int64_t process() const { return options_.part.number; }
  int64_t shard_count() const {
    return (fresh_.pictures + options_.shard_size - 1) / options_.shard_size;
  }
  int64_t first_of(int64_t shard) const { return shard * options_.shard_size; }
  int64_t count_of(int64_t shard) const {
    return std::min(options_.shard_size, fresh_.pictures - first_of(shard));
  }

  void extract() {
    // Rejects of a run that did not get to its first shard would come a second time.
    if (index_.shards.empty()) remove_tree((folder_ / rejects_file(process())).string());
    write_shards();
    if (process() != 0) return;
    wait_for_others();
    join();
  }

  void write_shards() {
    std::vector<int64_t> shards;
    int64_t pictures = 0;
    for (int64_t shard = process(); shard < shard_count(); shard += options_.part.count) {
      shards.push_back(shard);
      pictures += count_of(shard);
    }
    Progress progress(log_, "extracting tokens", pictures, {.enabled = options_.show_progress});
    for (const int64_t shard : shards) {
      const std::string name = shard_name(shard);
      if (finished_.has(name)) {
        progress.advance(count_of(shard));
        continue;
      }
      if (const auto fault = finished_.unusable().find(name); fault != finished_.unusable().end()) {
        log_.warn(fmt::format("{}: {}; it is made again", name, fault->second));
      }
      write_shard(name, encoder_.encode(first_of(shard), count_of(shard),
                                        [&progress] { progress.advance(); }));
    }
  }

  // Shards that are not done, by the process that has them.
  std::map<int64_t, int64_t> missing_shards() const {
    std::map<int64_t, int64_t> missing;
    for (int64_t shard = 0; shard < shard_count(); ++shard) {
      if (!finished_.has(shard_name(shard))) ++missing[shard % options_.part.count];
    }
    return missing;
  }

  // A process that runs is waited for, however long a shard takes it.
  void wait_for_others() {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    std::map<int64_t, Clock::time_point> seen;
    std::optional<Progress> progress;
    int64_t left = 0;
    for (finished_.update();; finished_.update()) {
      const std::map<int64_t, int64_t> missing = missing_shards();
      int64_t now_left = 0;
      for (const auto& [other, shards] : missing) now_left += shards;
      if (now_left == 0) return;
      if (!progress) {
        log_.info(fmt::format("waiting for shards of other processes: {}", now_left));
        progress.emplace(log_, "shards of other processes", left = now_left,
                         ProgressOptions{.enabled = options_.show_progress});
      }
      progress->advance(left - now_left);
      left = now_left;
      for (const auto& [other, shards] : missing) {
        seen.try_emplace(other, start);
        if (is_running(folder_, other)) seen[other] = Clock::now();
        if (Clock::now() - seen[other] > options_.patience) throw_gone(other, shards);
      }
      throw_if_interrupted();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  [[noreturn]] void throw_gone(int64_t other, int64_t shards) const {
    throw IoError(fmt::format(
        "{}: process {} of {} has not run for {} s (shards it has still to make: {}); start the "
        "same extraction again, with as many processes as you like: what is done is kept",
        folder_.string(), other, options_.part.count, options_.patience.count(), shards));
  }

  // Of everything that is done one index, as a single process writes it.
  void join() {
    index_.shards = finished_.entries();
    join_rejects(folder_, job_, ids_of_shards(folder_, index_));
    if (index_.shards.empty()) {
      throw InputError(fmt::format("all {} pictures were rejected; the reasons stand in {}",
                                   index_.pictures, (folder_ / rejects_file(0)).string()));
    }
    index_.statistics = statistics_of_shards(folder_, index_);
    index_.complete = true;
    write_token_index(folder_, index_);
  }

  ExtractReport report() const {
    ExtractReport report;
    for (int64_t shard = 0; shard < shard_count(); ++shard) {
      if (process() != 0 && !options_.part.has(shard)) continue;
      const std::string name = shard_name(shard);
      const int64_t made = finished_.has(name) ? finished_.count(name) : 0;
      report.pictures += made;
      report.rejected += count_of(shard) - made;
      report.shards += made > 0 ? 1 : 0;
    }
    return report;
  }

  // First the rejects, then the shard, then the index in which it counts: killed in between, the
  // shard is made again.
  void write_shard(const std::string& name, const std::vector<ExtractedPicture>& pictures) {
    for (const ExtractedPicture& picture : pictures) {
      if (picture.plain) continue;
      rejects_.append({{"path", job_.source.location(picture.id)}, {"reason", picture.reason}});
    }
    const NamedTensors tensors = shard_tensors(pictures, options_.dtype);
    ShardEntry entry{.name = name, .count = 0, .xxh3 = {}};
    if (!tensors.empty()) {
      const std::string path = (folder_ / name).string();
      save_tensors(path, tensors);
      entry.count = tensors.front().second.size(0);
      entry.xxh3 = xxh3_hex(MappedFile(path));
    }
    finished_.add(entry);
    // An index.json has no empty shards; of another process that is how the rest hears of one.
    if (tensors.empty() && process() == 0) return;
    index_.shards.push_back(entry);
    write_token_index(folder_, index_, index_file(process()));
  }

  const ExtractJob& job_;
  const ExtractOptions& options_;
  const fs::path& folder_;
  Log& log_;
  TokenIndex fresh_;
  FinishedShards finished_;
  TokenIndex index_;
  JsonLinesWriter rejects_;
  PictureEncoder encoder_;
};

}  // namespace

ExtractReport extract_tokens(const ExtractJob& job, const ExtractOptions& options,
                             const fs::path& folder, Log& log) {
  create_directories(folder.string());
  const FileLock lock = lock_of(folder, options.part.number);
  const ExtractReport report = Extraction(job, options, folder, log).run();
  const int64_t process = options.part.number;
  if (process != 0) remove_tree((folder / process_lock_file(process)).string());
  return report;
}

void remove_tokens(const fs::path& folder) {
  if (!is_directory(folder.string())) return;
  const FileLock lock((folder / process_lock_file(0)).string());
  // The index first: without it no shard counts.
  remove_tree((folder / index_file(0)).string());
  remove_tree((folder / rejects_file(0)).string());
  remove_files_of_others(folder);
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tokens_") && name.ends_with(".safetensors")) shards.push_back(entry);
  }
  for (const fs::path& shard : shards) remove_tree(shard.string());
}

}  // namespace gpst
