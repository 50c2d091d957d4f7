#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/evaluate.h"
#include "cli/evaluate_metrics.h"
#include "cli/evaluate_side.h"
#include "cli/inception_setup.h"
#include "cli/run_facts.h"
#include "eval/frechet.h"
#include "eval/inception_graph.h"
#include "eval/inception_score.h"
#include "eval/kernel_distance.h"
#include "eval/precision_recall.h"

namespace gpst {
namespace {

using nlohmann::json;

// Below this the covariance of 2048 features has no full rank and FID is biased upwards.
constexpr int64_t kFewForFid = 2049;

// A side's part of the metrics: from its statistics where it has them, else from its pictures.
struct SideFeatures {
  Moments pool;
  std::optional<Moments> spatial;
  SetFeatures of_pictures;
  int64_t count = 0;  // pictures, 0 where not known
};

// What must be computed from the pictures of a side.
struct SideNeeds {
  FeatureRequest request;
  bool any = false;
};

SideNeeds needs_of(const EvaluateSide& side, const std::vector<Metric>& metrics, bool is_samples) {
  SideNeeds needs;
  const bool from_pictures = !side.statistics;
  needs.request.spatial = from_pictures && contains(metrics, Metric::sfid);
  needs.request.pool_rows = contains(metrics, Metric::pr) || contains(metrics, Metric::kid);
  needs.request.logits = is_samples && contains(metrics, Metric::is);
  needs.any = needs.request.spatial || needs.request.pool_rows || needs.request.logits ||
              (from_pictures && contains(metrics, Metric::fid));
  return needs;
}

// The count that statistics of this program carry.
int64_t stated_count(const FeatureStatistics& statistics) {
  const json provenance = json::parse(statistics.provenance, nullptr, false);
  return provenance.is_object() ? provenance.value("n", int64_t{0}) : 0;
}

SideFeatures features_of(const EvaluateSide& side, SetFeatures computed) {
  SideFeatures features{.pool = computed.pool,
                        .spatial = computed.spatial,
                        .of_pictures = std::move(computed),
                        .count = 0};
  features.count = features.of_pictures.count;
  if (!side.statistics) return features;
  features.pool = side.statistics->pool;
  features.spatial = side.statistics->spatial;
  if (features.count == 0) features.count = stated_count(*side.statistics);
  return features;
}

// Before minutes are spent on pictures whose features cannot be compared with these.
void check_dimension(const EvaluateSide& side) {
  if (!side.statistics) return;
  const int64_t found = side.statistics->pool.mean.size(0);
  if (found == kInceptionFeatures) return;
  throw InputError(fmt::format(
      "{}: statistics of {} features; the features of pictures here are the {} of Inception's last "
      "pooling",
      side.text(), found, kInceptionFeatures));
}

// Numbers made in two ways are not comparable; statistics of this program say how they were made.
void warn_of_other_conventions(const EvaluateSide& side, const json& report, Log& log) {
  if (!side.statistics) return;
  const json made = json::parse(side.statistics->provenance, nullptr, false);
  if (!made.is_object()) return;
  for (const char* key : {"mode", "weights_sha256", "size", "resize"}) {
    if (!made.contains(key) || report.value(key, json(nullptr)).is_null()) continue;
    if (made.at(key) == report.at(key)) continue;
    log.warn(fmt::format("{} was made with {} {}, this run has {}: the distance mixes the two",
                         side.text(), key, made.at(key).dump(), report.at(key).dump()));
  }
}

void add_scores(const std::vector<Metric>& metrics, const SideFeatures& samples,
                const SideFeatures& reference, const EvaluateOptions& options, int threads,
                json& report) {
  if (contains(metrics, Metric::fid)) {
    report["fid"] = frechet_distance(samples.pool, reference.pool);
  }
  if (contains(metrics, Metric::sfid)) {
    report["sfid"] = frechet_distance(*samples.spatial, *reference.spatial);
  }
  if (contains(metrics, Metric::is)) {
    const at::Tensor& logits = samples.of_pictures.logits;
    const InceptionScore score = options.mode == EvaluationMode::torch_fidelity
                                     ? inception_score_torch_fidelity(logits)
                                     : inception_score_adm(logits);
    report["is_mean"] = score.mean;
    report["is_std"] = score.std;
  }
  const at::Tensor& rows = samples.of_pictures.pool_rows;
  const at::Tensor& reference_rows = reference.of_pictures.pool_rows;
  if (contains(metrics, Metric::pr)) {
    const PrecisionRecall pr = precision_recall(
        reference_rows, rows, {.neighbours = options.neighbours, .threads = threads});
    report["precision"] = pr.precision;
    report["recall"] = pr.recall;
  }
  if (contains(metrics, Metric::kid)) {
    const KernelDistance kid = kernel_distance(rows, reference_rows,
                                               {.subsets = options.kid_subsets,
                                                .subset_size = options.kid_subset_size,
                                                .threads = threads});
    report["kid_mean"] = kid.mean;
    report["kid_std"] = kid.std;
    report["kid_subsets"] = options.kid_subsets;
    report["kid_subset_size"] = options.kid_subset_size;
  }
}

void warn_of_few(const std::vector<Metric>& metrics, const SideFeatures& samples,
                 const SideFeatures& reference, Log& log) {
  if (!contains(metrics, Metric::fid) && !contains(metrics, Metric::sfid)) return;
  for (const SideFeatures* side : {&samples, &reference}) {
    if (side->count == 0 || side->count >= kFewForFid) continue;
    log.warn(
        fmt::format("a Fréchet distance of {} pictures: with fewer than {} the covariance has "
                    "no full rank and the distance comes out too large; compare only with "
                    "distances of as many",
                    side->count, kFewForFid));
    return;
  }
}

json count_or_null(int64_t count) { return count == 0 ? json(nullptr) : json(count); }

CommandResult dry_run_result(const std::vector<Metric>& metrics, const EvaluateSide& samples,
                             const EvaluateSide& reference) {
  const auto count_of = [](const EvaluateSide& side) {
    return side.pictures ? side.pictures->size() : 0;
  };
  json names = json::array();
  for (const Metric metric : metrics) names.push_back(metric_name(metric));
  const json plan = {{"dry_run", true},
                     {"metrics", names},
                     {"n_samples", count_or_null(count_of(samples))},
                     {"n_reference", count_or_null(count_of(reference))}};
  return {.text = fmt::format("would compute {} of {} and {}", names.dump(), samples.text(),
                              reference.text()),
          .json = plan.dump(2)};
}

}  // namespace

CommandResult evaluate_sets(const CommandContext& context, const EvaluateOptions& options,
                            const EvaluateInputs& inputs) {
  const WorkMeter meter;
  const EvaluateSide samples = open_side(inputs.samples, options.picture_options(), context.log);
  const EvaluateSide reference =
      open_side(inputs.reference, options.picture_options(), context.log);
  const std::vector<Metric> metrics = chosen_metrics(options, samples, reference, context.log);
  const SideNeeds of_samples = needs_of(samples, metrics, true);
  const SideNeeds of_reference = needs_of(reference, metrics, false);
  std::optional<LoadedInception> inception;
  if (of_samples.any || of_reference.any) {
    check_dimension(samples);
    check_dimension(reference);
    inception = load_inception(context, options);
  }
  if (context.common.dry_run) return dry_run_result(metrics, samples, reference);

  json report = report_head(options, context);
  if (inception) report["weights_sha256"] = inception->sha256;
  warn_of_other_conventions(samples, report, context.log);
  warn_of_other_conventions(reference, report, context.log);
  EvaluateRejects rejects(context.log);
  const auto computed = [&](const EvaluateSide& side, const SideNeeds& needs, const char* label) {
    if (!needs.any) return features_of(side, {});
    return features_of(
        side, inception->features(*side.pictures, needs.request, label, options, context, rejects));
  };
  const SideFeatures sample_features = computed(samples, of_samples, "samples");
  const SideFeatures reference_features = computed(reference, of_reference, "reference");
  warn_of_few(metrics, sample_features, reference_features, context.log);
  add_scores(metrics, sample_features, reference_features, options, context.common.worker_threads(),
             report);
  report["samples"] = samples.inputs;
  report["reference"] = reference.inputs;
  report["reference_statistics"] = reference.statistics.has_value();
  report["n_samples"] = count_or_null(sample_features.count);
  report["n_reference"] = count_or_null(reference_features.count);
  report.update(sampling_conventions(samples.inputs));
  report.update(cost_facts(meter.cost(context.common.worker_threads())));
  return finished(std::move(report), rejects, "", options);
}

}  // namespace gpst
