// The folder of one training run, RUN of docs/cli.md: metrics.csv, checkpoints/, samples/,
// tensorboard/.
#pragma once

#include <filesystem>
#include <optional>

#include "base/files.h"
#include "train/checkpoint.h"

namespace gpst {

// Made when it is not there, and this process's alone as long as the object lives: a second
// process would mix its checkpoints with ours. IoError when another one trains there.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  // The newest complete checkpoint.
  std::optional<Checkpoint> latest() const { return find_latest_checkpoint(path_); }
  // Removes what an earlier run left.
  void clear() const;

 private:
  std::filesystem::path path_;
  FileLock lock_;
};

}  // namespace gpst
