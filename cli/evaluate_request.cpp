#include "cli/evaluate_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<Metric>, 10> kMetrics{{{Metric::fid, "fid"},
                                                     {Metric::sfid, "sfid"},
                                                     {Metric::is, "is"},
                                                     {Metric::pr, "pr"},
                                                     {Metric::kid, "kid"},
                                                     {Metric::psnr, "psnr"},
                                                     {Metric::ssim, "ssim"},
                                                     {Metric::lpips, "lpips"},
                                                     {Metric::rfid, "rfid"},
                                                     {Metric::rsfid, "rsfid"}}};

std::vector<std::string> names_of(const std::vector<Metric>& metrics) {
  std::vector<std::string> names;
  for (const Metric metric : metrics) names.emplace_back(metric_name(metric));
  return names;
}

Metric metric_of(const std::string& name, const std::vector<Metric>& allowed) {
  for (const auto& [metric, known] : kMetrics) {
    if (known != name) continue;
    if (std::find(allowed.begin(), allowed.end(), metric) != allowed.end()) return metric;
    throw UsageError(fmt::format("--metrics: '{}' {}; expected {}", name,
                                 metric >= Metric::psnr
                                     ? "compares picture with picture and needs --paired"
                                     : "compares sets and goes without --paired",
                                 fmt::join(names_of(allowed), ", ")));
  }
  const std::vector<std::string> names = names_of(allowed);
  throw UsageError(fmt::format("--metrics: '{}' is unknown; expected {}{}", name,
                               fmt::join(names, ", "), did_you_mean(name, names)));
}

}  // namespace

std::string_view metric_name(Metric metric) {
  return kMetrics.at(static_cast<size_t>(metric)).name;
}

void EvaluateOptions::visit(FieldVisitor& v) {
  v.field(
      {.name = "paired", .help = "compare pictures one by one: evaluate --paired RECON ORIGINAL"},
      paired);
  v.field({.name = "reference",
           .help = "folders, npz or statistics with commas; without it the "
                   "last operand"},
          reference);
  v.field({.name = "metrics",
           .help = "of fid,sfid,is,pr,kid; with --paired of psnr,ssim,lpips,rfid,rsfid; without it "
                   "all that the inputs allow"},
          metrics);
  enum_field(v, {.name = "mode", .help = "whose conventions the numbers follow"}, mode,
             kEvaluationModes);
  v.field({.name = "inception", .help = "weights of Inception (docs/evaluation.md)"}, inception);
  v.field({.name = "lpips", .help = "weights of LPIPS: one file, or trunk,linear layers"}, lpips);
  v.field({.name = "lpips_net",
           .help = "which LPIPS weights are looked for without --lpips",
           .choices = {"vgg16", "alexnet"}},
          lpips_net);
  enum_field(v, {.name = "ssim", .help = "convention of SSIM"}, ssim, kSsimKinds);
  v.field({.name = "size",
           .help = "scale and crop every picture to this side; without it as they are",
           .min = 1,
           .max = 16384},
          size);
  v.field({.name = "resize",
           .help = "how --size scales: area as generation papers do, bilinear as the published "
                   "tokenizer reads pictures",
           .choices = {"area", "bilinear"}},
          resize);
  v.field({.name = "kid_subsets", .help = "subsets of KID", .min = 1, .max = 100000}, kid_subsets);
  v.field({.name = "kid_subset_size", .help = "pictures of a subset of KID", .min = 2},
          kid_subset_size);
  v.field({.name = "neighbours", .help = "k of precision and recall", .min = 1, .max = 100},
          neighbours);
  v.field({.name = "output", .help = "of 'evaluate stats': the npz to write"}, output);
  v.field({.name = "json_file", .help = "also write the report there; short: --json NAME.json"},
          json_file);
}

PictureSetOptions EvaluateOptions::picture_options() const {
  PictureSetOptions options;
  if (size) options.size = static_cast<int>(*size);
  options.resize = parse_resize_mode(resize);
  return options;
}

std::vector<std::string> EvaluateOptions::inception_files() const {
  if (inception.empty()) return {};
  return {inception};
}

std::vector<std::string> EvaluateOptions::lpips_files() const { return split_at_commas(lpips); }

EvaluateInputs inputs_of(const EvaluateOptions& options, const std::vector<std::string>& words) {
  using Task = EvaluateInputs::Task;
  EvaluateInputs inputs{.samples = words, .reference = split_at_commas(options.reference)};
  if (!words.empty() && words[0] == "stats") {
    inputs.task = Task::statistics;
    inputs.samples.erase(inputs.samples.begin());
    if (inputs.samples.empty() || options.output.empty()) {
      throw UsageError("expected: gpstoken evaluate stats DATA... -o FILE.npz");
    }
    if (options.paired || !inputs.reference.empty()) {
      throw UsageError("'evaluate stats' takes neither --paired nor --reference");
    }
    return inputs;
  }
  if (!options.output.empty()) {
    throw UsageError(
        "-o, --output is for 'gpstoken evaluate stats DATA -o FILE.npz'; a report goes to a file "
        "with --json NAME.json");
  }
  inputs.task = options.paired ? Task::pairs : Task::sets;
  if (inputs.reference.empty() && words.size() > 1) {
    inputs.reference = {inputs.samples.back()};
    inputs.samples.pop_back();
  }
  if (inputs.samples.empty() || inputs.reference.empty()) {
    throw UsageError(options.paired
                         ? "expected two sets: gpstoken evaluate --paired RECONSTRUCTIONS ORIGINALS"
                         : "expected two sets: gpstoken evaluate SAMPLES... REFERENCE (each a "
                           "folder, tar, list, npz; the reference may be statistics)");
  }
  return inputs;
}

std::vector<Metric> metrics_named(const EvaluateOptions& options,
                                  const std::vector<Metric>& allowed) {
  std::vector<Metric> metrics;
  for (const std::string& name : split_at_commas(options.metrics)) {
    const Metric metric = metric_of(name, allowed);
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
      metrics.push_back(metric);
    }
  }
  if (metrics.empty() && !options.metrics.empty()) {
    throw UsageError("--metrics: expected names with commas, for example fid,sfid");
  }
  return metrics;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase(parts, "");
  return parts;
}

}  // namespace gpst
