#include "cli/evaluate_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gpst {
namespace {

const std::vector<Metric> kSetMetrics = {Metric::fid, Metric::sfid, Metric::is, Metric::pr,
                                         Metric::kid};

// Why a metric cannot be computed from these inputs; "" when it can.
std::string obstacle(Metric metric, const EvaluateSide& samples, const EvaluateSide& reference,
                     const EvaluateOptions& options) {
  const auto lacks_spatial = [](const EvaluateSide& side) {
    return side.statistics && !side.statistics->spatial;
  };
  const auto needs_pictures = [](const EvaluateSide& side) {
    return fmt::format("{} holds statistics only, and pictures are needed", side.text());
  };
  const auto fewer_than = [](const EvaluateSide& side, int64_t count) {
    return side.pictures && side.pictures->size() < count;
  };
  if (metric == Metric::sfid) {
    if (lacks_spatial(samples)) return samples.text() + " has no mu_s and sigma_s";
    if (lacks_spatial(reference)) return reference.text() + " has no mu_s and sigma_s";
  }
  if (metric == Metric::is && !samples.pictures) return needs_pictures(samples);
  if (metric != Metric::pr && metric != Metric::kid) return "";
  for (const EvaluateSide* side : {&samples, &reference}) {
    if (!side->pictures) return needs_pictures(*side);
    if (metric == Metric::kid && fewer_than(*side, options.kid_subset_size)) {
      return fmt::format("{} has {} pictures and a subset of KID {} (--kid-subset-size)",
                         side->text(), side->pictures->size(), options.kid_subset_size);
    }
    if (metric == Metric::pr && fewer_than(*side, options.neighbours + 1)) {
      return fmt::format("{} has {} pictures, and {} neighbours of each are needed (--neighbours)",
                         side->text(), side->pictures->size(), options.neighbours);
    }
  }
  return "";
}

}  // namespace

std::vector<Metric> chosen_metrics(const EvaluateOptions& options, const EvaluateSide& samples,
                                   const EvaluateSide& reference, Log& log) {
  const std::vector<Metric> named = metrics_named(options, kSetMetrics);
  std::vector<Metric> chosen;
  for (const Metric metric : named.empty() ? kSetMetrics : named) {
    const std::string reason = obstacle(metric, samples, reference, options);
    if (reason.empty()) {
      chosen.push_back(metric);
    } else if (named.empty()) {
      log.info(fmt::format("{} is left out: {}", metric_name(metric), reason));
    } else {
      throw InputError(fmt::format("{} cannot be computed: {}", metric_name(metric), reason));
    }
  }
  return chosen;
}

bool contains(const std::vector<Metric>& metrics, Metric metric) {
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

}  // namespace gpst
