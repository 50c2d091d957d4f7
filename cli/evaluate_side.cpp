#include "cli/evaluate_side.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "io/npz.h"

namespace gpst {
namespace {

using nlohmann::json;

bool is_npz(const std::string& input) { return input.ends_with(".npz"); }

// What a run of the sampler left beside or inside its pictures; null without.
json run_report(const std::string& input) {
  std::string text;
  if (is_npz(input)) {
    text = NpzReader::open(input).comment();
  } else if (is_directory(input)) {
    const auto report = std::filesystem::path(input) / "report.json";
    if (path_exists(report.string())) text = read_file(report.string());
  }
  json report = json::parse(text, nullptr, false);
  return report.is_object() ? report : json(nullptr);
}

void say_skipped(const std::string& note, Log& log) {
  if (!note.empty()) log.info(note);
}

}  // namespace

std::string EvaluateSide::text() const { return fmt::format("{}", fmt::join(inputs, ", ")); }

EvaluateSide open_side(const std::vector<std::string>& inputs, const PictureSetOptions& options,
                       Log& log) {
  EvaluateSide side{.inputs = inputs, .pictures = {}, .statistics = {}};
  for (const std::string& input : inputs) {
    if (!is_npz(input) || !has_statistics(NpzReader::open(input))) continue;
    if (inputs.size() > 1) {
      throw InputError(fmt::format(
          "{}: holds statistics, which cannot be joined with other inputs; make them of all "
          "pictures together: gpstoken evaluate stats DATA... -o FILE.npz",
          input));
    }
    side.statistics = read_statistics(input);
    if (!NpzReader::open(input).contains("arr_0")) return side;
  }
  side.pictures = PictureSet::open(inputs, options);
  say_skipped(side.pictures->skipped_note(), log);
  return side;
}

PictureSet open_pictures(const std::vector<std::string>& inputs, const PictureSetOptions& options,
                         Log& log) {
  PictureSet pictures = PictureSet::open(inputs, options);
  say_skipped(pictures.skipped_note(), log);
  return pictures;
}

json sampling_conventions(const std::vector<std::string>& inputs) {
  json known = {{"label_policy", nullptr}, {"rounding", nullptr}};
  bool is_first = true;
  for (const std::string& input : inputs) {
    const json report = run_report(input);
    for (auto& [key, value] : known.items()) {
      const json here = report.is_object() ? report.value(key, json(nullptr)) : json(nullptr);
      value = is_first || value == here ? here : json(nullptr);  // parts must agree
    }
    is_first = false;
  }
  return known;
}

}  // namespace gpst
