#include "train/model_card.h"

#include <fmt/format.h>

#include <string_view>

#include "base/files.h"
#include "io/safetensors.h"

namespace gpst {
namespace {

// One row of the table of parts.
std::string row_of(const char* stage, const SafetensorsFile& weights) {
  int64_t parameters = 0;
  for (const TensorView& view : weights.tensors()) parameters += view.elements();
  const auto step = weights.metadata().find("step");
  return fmt::format("| {} | {:.2f} M | {} |\n", stage, static_cast<double>(parameters) / 1e6,
                     step == weights.metadata().end() ? "unknown" : step->second);
}

constexpr std::string_view kTableHead = "| part | parameters | training steps |\n|---|---|---|\n";

std::string table_rows(const std::filesystem::path& folder) {
  std::string rows;
  for (const char* stage : {"tokenizer", "layout", "texture"}) {
    const std::string weights = (folder / (std::string(stage) + ".safetensors")).string();
    if (path_exists(weights)) rows += row_of(stage, SafetensorsFile::open(weights));
  }
  return rows;
}

}  // namespace

std::string model_card(const std::filesystem::path& folder, const std::string& note) {
  const std::string name =
      std::filesystem::absolute(folder / "").lexically_normal().parent_path().filename().string();
  return fmt::format(
      "# {0}\n\nA GPSToken model, made by `gpstoken export`.\n\n{1}{2}{3}{4}\n"
      "Weights are the moving average of training. Settings stand in `config.yaml`, what the model "
      "gives in `selfcheck.json` (`gpstoken verify` compares).\n\n"
      "    gpstoken sample --model models/{0} --all-classes --grid -o out/\n",
      name, note, note.empty() ? "" : "\n\n", kTableHead, table_rows(folder));
}

std::string updated_model_card(std::string card, const std::filesystem::path& folder) {
  const size_t head = card.find(kTableHead);
  if (head == std::string::npos) return card;
  const size_t first = head + kTableHead.size();
  size_t end = first;
  while (end < card.size() && card[end] == '|') end = card.find('\n', end) + 1;
  return card.replace(first, end - first, table_rows(folder));
}

}  // namespace gpst
