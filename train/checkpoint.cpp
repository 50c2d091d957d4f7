#include "train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "step_";
constexpr const char* kPartial = ".partial";
// A complete checkpoint whose successor of the same step is being put in its place.
constexpr const char* kReplaced = ".replaced";

fs::path checkpoints_of(const fs::path& run) { return run / "checkpoints"; }

bool is_replaced(const fs::path& folder) { return folder.extension() == kReplaced; }

// The step in a folder's name; none for temporary and foreign folders.
std::optional<int64_t> step_of(const fs::path& folder) {
  const std::string name = (is_replaced(folder) ? folder.stem() : folder.filename()).string();
  const std::string digits = name.starts_with(kPrefix) ? name.substr(5) : "";
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return {};
  return std::stoll(digits);
}

std::vector<fs::path> complete_folders(const fs::path& run) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints_of(run), error)) {
    if (step_of(entry.path()) && fs::exists(entry.path() / "state.json")) {
      folders.push_back(entry.path());
    }
  }
  std::ranges::sort(folders, {},
                    [](const fs::path& f) { return std::pair(*step_of(f), !is_replaced(f)); });
  return folders;
}

// What writers left behind that were killed or ran into a full disk.
void remove_remains(const fs::path& parent) {
  std::vector<fs::path> remains;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const bool replaced = step_of(entry.path()) && is_replaced(entry.path()) &&
                          fs::exists(fs::path(entry.path()).replace_extension());
    if (replaced || entry.path().extension() == kPartial) remains.push_back(entry.path());
  }
  for (const fs::path& folder : remains) remove_tree(folder.string());
}

// Under another name first: a checkpoint that has its name is whole.
void remove_checkpoint(const fs::path& folder) {
  const fs::path aside = folder.parent_path() / ("." + folder.filename().string() + kPartial);
  rename_directory(folder.string(), aside.string());
  remove_tree(aside.string());
}

void write_files(const fs::path& folder, const CheckpointContent& content) {
  create_directories(folder.string());
  const Checkpoint files{folder, 0, {}};
  save_tensors(files.model().string(), content.model);
  save_tensors(files.ema().string(), content.ema);
  save_tensors(files.optimizer().string(), content.optimizer);
  if (!content.adversary.empty()) {
    save_tensors(files.adversary().string(), content.adversary);
    save_tensors(files.adversary_optimizer().string(), content.adversary_optimizer);
  }
  write_file_atomic((folder / "state.json").string(), content.state_json);
}

// The folder a text file beside the checkpoints names, when it is a complete one.
std::optional<fs::path> named_checkpoint(const fs::path& file) {
  if (!fs::is_regular_file(file)) return {};
  std::string name = read_file(file.string(), 4096);
  while (!name.empty() && std::isspace(static_cast<unsigned char>(name.back()))) name.pop_back();
  const fs::path folder = file.parent_path() / name;
  if (!step_of(folder) || !fs::exists(folder / "state.json")) return {};
  return folder;
}

std::string name_of(int64_t step) { return fmt::format("{}{:08}", kPrefix, step); }

}  // namespace

void write_checkpoint(const fs::path& run, int64_t step, const CheckpointContent& content,
                      int64_t keep) {
  const fs::path parent = checkpoints_of(run);
  const std::string name = name_of(step);
  const fs::path temporary = parent / ("." + name + kPartial);
  create_directories(parent.string());
  remove_remains(parent);
  try {
    write_files(temporary, content);
  } catch (const IoError&) {
    // On a full disk it would be in the way of everybody. What cannot be removed now goes next
    // time.
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
  // The same step again (a run continued over its own traces) replaces the folder, which counts
  // until then.
  const fs::path replaced = parent / (name + kReplaced);
  if (fs::exists(parent / name)) {
    rename_directory((parent / name).string(), replaced.string());
  }
  rename_directory(temporary.string(), (parent / name).string());
  write_file_atomic((parent / "latest").string(), name + "\n");
  if (fs::exists(replaced)) remove_tree(replaced.string());

  const std::vector<fs::path> folders = complete_folders(run);
  const auto best = named_checkpoint(parent / "best");
  const auto surplus = static_cast<int64_t>(folders.size()) - keep;
  for (int64_t i = 0; i < surplus; ++i) {
    if (folders[i].filename() != name && folders[i] != best) remove_checkpoint(folders[i]);
  }
}

void mark_best_checkpoint(const fs::path& run, int64_t step) {
  write_file_atomic((checkpoints_of(run) / "best").string(), name_of(step) + "\n");
}

std::optional<int64_t> best_checkpoint_step(const fs::path& run) {
  const auto best = named_checkpoint(checkpoints_of(run) / "best");
  return best ? step_of(*best) : std::nullopt;
}

Checkpoint open_checkpoint(const fs::path& folder) {
  if (const auto named = named_checkpoint(folder)) return open_checkpoint(*named);
  if (!fs::exists(folder)) throw IoError(fmt::format("{}: no such checkpoint", folder.string()));
  if (!step_of(folder)) {
    if (auto latest = find_latest_checkpoint(folder)) return *latest;
    throw InputError(fmt::format(
        "{}: neither a checkpoint (step_00001000) nor a run with checkpoints/", folder.string()));
  }
  Checkpoint checkpoint{folder, *step_of(folder), {}};
  for (const fs::path& file :
       {checkpoint.model(), checkpoint.ema(), checkpoint.optimizer(), folder / "state.json"}) {
    if (!fs::exists(file)) {
      throw InputError(fmt::format("{}: the checkpoint has no {}; use an earlier one",
                                   folder.string(), file.filename().string()));
    }
  }
  checkpoint.state_json = read_file((folder / "state.json").string());
  if (!nlohmann::json::parse(checkpoint.state_json, nullptr, false).is_object()) {
    throw InputError(fmt::format("{}/state.json: not a JSON object; use an earlier checkpoint",
                                 folder.string()));
  }
  return checkpoint;
}

std::optional<Checkpoint> find_latest_checkpoint(const fs::path& run) {
  const auto latest = named_checkpoint(checkpoints_of(run) / "latest");
  if (latest) return open_checkpoint(*latest);
  const std::vector<fs::path> folders = complete_folders(run);
  if (folders.empty()) return std::nullopt;
  return open_checkpoint(folders.back());
}

}  // namespace gpst
