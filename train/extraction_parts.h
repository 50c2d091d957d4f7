// One extraction by several processes into one folder. Process r of n writes the shards r, r + n,
// ... and says in an index of its own, index.rank<r>.json, which are done. Process 0, whose index
// is index.json itself, joins the others' into it at the end. Nothing is sent: a shard is done when
// it stands in some index and under its name, whoever of how many wrote it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "train/token_index.h"

namespace gpst {

struct ExtractionPart {
  int64_t number = 0;
  int64_t count = 1;

  bool has(int64_t shard) const { return shard % count == number; }
};

// Files of the folder that process `number` writes.
std::string index_file(int64_t number);         // "index.json", of others "index.rank3.json"
std::string rejects_file(int64_t number);       // "rejects.jsonl", of others "rejects.rank3.jsonl"
std::string process_lock_file(int64_t number);  // ".lock", of others ".rank3.lock"

// Those of processes other than 0, of any launch.
std::vector<std::filesystem::path> index_files_of_others(const std::filesystem::path& folder);
std::vector<std::filesystem::path> rejects_files_of_others(const std::filesystem::path& folder);
void remove_files_of_others(const std::filesystem::path& folder);

// read_token_index(); none where there is no such file, which process 0 may remove at any time.
std::optional<TokenIndex> find_token_index(const std::filesystem::path& folder,
                                           const std::string& name);

// The shards that are done, as all indexes of a folder say together. In an index of a process other
// than 0 a shard of no pictures and no file is one in which all were rejected.
class FinishedShards {
 public:
  // `job`: what an index of the same job says about it.
  FinishedShards(std::filesystem::path folder, TokenIndex job);

  // Reads the indexes. InputError when one is of another job.
  void update();
  void add(const ShardEntry& entry) { done_[entry.name] = entry; }

  bool has(const std::string& name) const { return done_.contains(name); }
  int64_t count(const std::string& name) const { return done_.at(name).count; }  // of pictures
  // In ascending order, without the empty ones.
  std::vector<ShardEntry> entries() const;
  // What an index lists although the file is not there or is cut: the name, and why.
  const std::map<std::string, std::string>& unusable() const { return unusable_; }

 private:
  void read(const std::string& name);  // of an index
  void take(const ShardEntry& entry);

  std::filesystem::path folder_;
  TokenIndex job_;
  std::map<std::string, ShardEntry> done_;
  std::map<std::string, std::string> unusable_;
};

// Everything but what grows: no index is of the same job that differs in one of these.
bool same_job(const TokenIndex& a, const TokenIndex& b);

}  // namespace gpst
