// The folder of one training run, RUN of docs/cli.md: metrics.csv, checkpoints/, samples/,
// tensorboard/.
#pragma once

#include <filesystem>
#include <optional>

#include "base/files.h"
#include "train/checkpoint.h"

namespace gpst {

// Made when it is not there, and its writer's alone as long as the object lives: a second one would
// mix its checkpoints with ours. IoError when another one trains there. Of the processes of one
// training the first is the writer, the others read.
class RunFolder {
 public:
  enum class Use { write, read };
  explicit RunFolder(std::filesystem::path path, Use use = Use::write);

  const std::filesystem::path& path() const { return path_; }
  // The newest complete checkpoint.
  std::optional<Checkpoint> latest() const { return find_latest_checkpoint(path_); }
  // Removes what an earlier run left.
  void clear() const;

 private:
  std::filesystem::path path_;
  std::optional<FileLock> lock_;
};

}  // namespace gpst
