#include "train/run_folder.h"

#include <utility>

namespace gpst {
namespace {

std::string lock_path(const std::filesystem::path& folder) {
  create_directories(folder.string());
  return (folder / ".lock").string();
}

}  // namespace

RunFolder::RunFolder(std::filesystem::path path, Use use) : path_(std::move(path)) {
  if (use == Use::write) lock_.emplace(lock_path(path_));
}

void RunFolder::clear() const {
  for (const char* name : {"checkpoints", "metrics.csv", "samples", "tensorboard"}) {
    remove_tree((path_ / name).string());
  }
}

}  // namespace gpst
