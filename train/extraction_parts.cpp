#include "train/extraction_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "io/safetensors.h"
#include "train/token_dataset.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

std::string file_of(int64_t number, const std::string& stem, const std::string& suffix) {
  return number == 0 ? stem + suffix : fmt::format("{}.rank{}{}", stem, number, suffix);
}

std::vector<fs::path> files_of_others(const fs::path& folder, const std::string& stem,
                                      const std::string& suffix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(stem + ".rank") && name.ends_with(suffix)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// Why the file of a shard is of no use; empty when it is whole.
std::string fault_of(const fs::path& shard) {
  if (!path_exists(shard.string())) return "there is no such file";
  try {
    SafetensorsFile::open(shard.string());
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

ShardEntry entry_of_file(const fs::path& folder, const std::string& name) {
  const std::string path = (folder / name).string();
  const int64_t count = SafetensorsFile::open(path).get(shard_tensor::kTokens).shape.at(0);
  return {name, count, xxh3_hex(MappedFile(path))};
}

}  // namespace

std::string index_file(int64_t number) { return file_of(number, "index", ".json"); }
std::string rejects_file(int64_t number) { return file_of(number, "rejects", ".jsonl"); }
std::string process_lock_file(int64_t number) { return file_of(number, "", ".lock"); }

std::vector<fs::path> index_files_of_others(const fs::path& folder) {
  return files_of_others(folder, "index", ".json");
}
std::vector<fs::path> rejects_files_of_others(const fs::path& folder) {
  return files_of_others(folder, "rejects", ".jsonl");
}

void remove_files_of_others(const fs::path& folder) {
  for (const auto& [stem, suffix] :
       {std::pair{"index", ".json"}, std::pair{"rejects", ".jsonl"}, std::pair{"", ".lock"}}) {
    for (const fs::path& file : files_of_others(folder, stem, suffix)) remove_tree(file.string());
  }
}

std::optional<TokenIndex> find_token_index(const fs::path& folder, const std::string& name) {
  const std::string path = (folder / name).string();
  if (!path_exists(path)) return {};
  try {
    return read_token_index(folder, name);
  } catch (const IoError&) {
    if (path_exists(path)) throw;
    return {};
  }
}

FinishedShards::FinishedShards(fs::path folder, TokenIndex job)
    : folder_(std::move(folder)), job_(std::move(job)) {}

void FinishedShards::update() {
  unusable_.clear();
  // The joined index last: it stands before the others are removed.
  for (const fs::path& index : index_files_of_others(folder_)) read(index.filename().string());
  read(index_file(0));
}

void FinishedShards::read(const std::string& name) {
  const std::optional<TokenIndex> found = find_token_index(folder_, name);
  if (!found) return;
  if (!same_job(*found, job_)) {
    throw InputError(fmt::format(
        "{}: holds tokens of other pictures, another tokenizer or other options ({}); choose "
        "another folder, or --overwrite",
        folder_.string(), name));
  }
  for (const ShardEntry& entry : found->shards) take(entry);
}

void FinishedShards::take(const ShardEntry& entry) {
  const auto known = done_.find(entry.name);
  if (known == done_.end()) {
    const bool has_file = entry.count > 0;
    const std::string fault = has_file ? fault_of(folder_ / entry.name) : "";
    if (fault.empty()) {
      unusable_.erase(entry.name);
      done_[entry.name] = entry;
    } else {
      unusable_[entry.name] = fault;
    }
  } else if (known->second.xxh3 != entry.xxh3 && entry.count > 0) {
    // Written twice, by runs that did not know of each other: the file itself decides.
    known->second = entry_of_file(folder_, entry.name);
  }
}

std::vector<ShardEntry> FinishedShards::entries() const {
  std::vector<ShardEntry> entries;
  for (const auto& [name, entry] : done_) {
    if (entry.count > 0) entries.push_back(entry);
  }
  // Numbers of more digits than usual come last.
  std::ranges::stable_sort(entries, {}, [](const ShardEntry& entry) { return entry.name.size(); });
  return entries;
}

bool same_job(const TokenIndex& a, const TokenIndex& b) {
  const auto key = [](const TokenIndex& i) {
    return std::tie(i.tokens, i.channels, i.classes, i.flips, i.dtype, i.computed, i.resize,
                    i.shard_size, i.pictures, i.source_hash, i.tokenizer_hash);
  };
  return key(a) == key(b);
}

}  // namespace gpst
