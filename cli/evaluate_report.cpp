#include "cli/evaluate_report.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/files.h"
#include "base/system.h"
#include "cli/compute_place.h"
#include "cli/outputs.h"

namespace gpst {
namespace {

using nlohmann::json;

constexpr size_t kMostWarnings = 10;

struct Row {
  const char* key;
  const char* title;
  int digits;
};

constexpr std::array<Row, 13> kRows{{{"fid", "FID", 4},
                                     {"sfid", "sFID", 4},
                                     {"is_mean", "IS", 4},
                                     {"is_std", "IS, deviation of splits", 4},
                                     {"precision", "precision", 4},
                                     {"recall", "recall", 4},
                                     {"kid_mean", "KID", 6},
                                     {"kid_std", "KID, deviation of subsets", 6},
                                     {"psnr", "PSNR dB", 4},
                                     {"ssim", "SSIM", 5},
                                     {"lpips", "LPIPS", 5},
                                     {"rfid", "rFID", 4},
                                     {"rsfid", "rsFID", 4}}};

// Facts a number cannot do without, in the order in which people read them.
constexpr std::array kFacts{
    "mode",      "n_samples",      "n_reference",  "samples", "reference", "reference_statistics",
    "identical", "ssim_kind",      "lpips_net",    "size",    "resize",    "label_policy",
    "rounding",  "weights_sha256", "lpips_sha256", "rejected"};

std::string fact_text(const json& value) {
  if (value.is_null()) return "not known";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const json& item : value) text += (text.empty() ? "" : ", ") + fact_text(item);
  return text;
}

// The metrics that are there, then the conventions.
std::string table_of(const json& report) {
  std::string text;
  for (const Row& row : kRows) {
    if (!report.contains(row.key)) continue;
    const json& value = report.at(row.key);
    const std::string number =
        value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), row.digits) : "none";
    text += fmt::format("{:<26} {}\n", row.title, number);
  }
  text += "\n";
  for (const char* key : kFacts) {
    if (!report.contains(key)) continue;
    const bool unused = report.at(key).is_null() && std::string_view(key).ends_with("sha256");
    if (unused) continue;  // no network was needed
    text += fmt::format("{:<26} {}\n", key, fact_text(report.at(key)));
  }
  return text;
}

}  // namespace

void EvaluateRejects::add(const std::string& location, const std::string& reason) {
  if (list_.size() < kMostWarnings) {
    // Decoders name the picture themselves.
    const bool named = reason.starts_with(location);
    log_.warn("rejected " + (named ? reason : location + ": " + reason));
  } else if (list_.size() == kMostWarnings) {
    log_.warn("more are rejected; 'rejects' in the report (--json) has them all");
  }
  list_.push_back({{"path", location}, {"reason", reason}});
}

json report_head(const EvaluateOptions& options, const CommandContext& context) {
  const ComputePlace place = reference_place(context);
  return {{"version", code_version()},
          {"mode", name_of(options.mode)},
          {"size", options.size ? json(*options.size) : json("as they are")},
          {"resize", options.size ? json(options.resize) : json("none")},
          {"weights_sha256", nullptr},
          {"device", place.device_name()},
          {"dtype", place.type_name()},
          {"threads", context.common.worker_threads()}};
}

CommandResult finished(json report, const EvaluateRejects& rejects, std::string text,
                       const EvaluateOptions& options) {
  report["rejects"] = rejects.list();
  report["rejected"] = rejects.list().size();
  const auto replace = json::error_handler_t::replace;
  const std::string dumped = report.dump(2, ' ', false, replace);
  if (!options.json_file.empty()) {
    write_file_atomic(ready_to_write(options.json_file), dumped + "\n");
  }
  if (text.empty()) text = table_of(report);
  return {.text = std::move(text), .json = dumped, .exit = rejects.exit_code()};
}

}  // namespace gpst
