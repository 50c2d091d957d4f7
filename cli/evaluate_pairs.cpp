#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "cli/evaluate.h"
#include "cli/evaluate_metrics.h"
#include "cli/evaluate_side.h"
#include "cli/inception_setup.h"
#include "cli/run_facts.h"
#include "eval/frechet.h"
#include "eval/paired.h"
#include "eval/pairing.h"
#include "eval/weights_files.h"

namespace gpst {
namespace {

using nlohmann::json;

const std::vector<Metric> kPairMetrics = {Metric::psnr, Metric::ssim, Metric::lpips, Metric::rfid,
                                          Metric::rsfid};

struct PairPlan {
  bool psnr = false, ssim = false, lpips = false, rfid = false, rsfid = false;

  bool pixels() const { return psnr || ssim || lpips; }
  bool inception() const { return rfid || rsfid; }
};

// Whether the weights of a kind can be had without being named.
bool has_weights(WeightsKind kind, const std::vector<std::string>& given) {
  try {
    find_weights(kind, given);
    return true;
  } catch (const IoError&) {
    if (!given.empty()) throw;
    return false;
  }
}

WeightsKind lpips_kind(const EvaluateOptions& options) {
  return options.lpips_net == "alexnet" ? WeightsKind::lpips_alexnet : WeightsKind::lpips_vgg16;
}

// What is asked for; without --metrics PSNR and SSIM, and whatever there are weights for.
PairPlan plan_of(const EvaluateOptions& options, int64_t pairs, Log& log) {
  const std::vector<Metric> named = metrics_named(options, kPairMetrics);
  const auto has = [&](Metric metric) { return contains(named, metric); };
  if (!named.empty()) {
    return {has(Metric::psnr), has(Metric::ssim), has(Metric::lpips), has(Metric::rfid),
            has(Metric::rsfid)};
  }
  PairPlan plan{.psnr = true, .ssim = true};
  plan.lpips = has_weights(lpips_kind(options), options.lpips_files());
  const bool enough = pairs > 1;  // for a covariance
  plan.rfid = plan.rsfid = enough && has_weights(WeightsKind::inception, options.inception_files());
  constexpr const char* kWhy =
      "left out: no weights are given or found; '--metrics {}' says which are missing";
  if (!plan.lpips) log.info("lpips is " + fmt::format(kWhy, "lpips"));
  if (!enough) log.info("rfid and rsfid are left out: they need two pairs or more");
  if (enough && !plan.rfid) log.info("rfid and rsfid are " + fmt::format(kWhy, "rfid"));
  return plan;
}

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json images_json(const PairedResult& result, const PairPlan& plan) {
  json images = json::array();
  for (const PairScore& pair : result.pairs) {
    json image = {{"path", pair.name}, {"identical", pair.identical}};
    if (plan.psnr) image["psnr"] = number_or_null(pair.psnr);
    if (plan.ssim) image["ssim"] = number_or_null(pair.ssim);
    if (plan.lpips) image["lpips"] = number_or_null(pair.lpips);
    images.push_back(std::move(image));
  }
  return images;
}

struct LoadedLpips {
  Lpips net;
  std::string sha256;
};

LoadedLpips load_lpips(const CommandContext& context, const EvaluateOptions& options) {
  const WeightsFiles files = find_weights(lpips_kind(options), options.lpips_files());
  return {Lpips::load(files.paths).to(context.device), weights_sha256(files)};
}

struct PairWeights {
  std::optional<LoadedLpips> lpips;
  std::optional<LoadedInception> inception;
};

PairWeights load_weights(const CommandContext& context, const EvaluateOptions& options,
                         const PairPlan& plan) {
  PairWeights weights;
  if (plan.lpips) weights.lpips = load_lpips(context, options);
  if (plan.inception()) weights.inception = load_inception(context, options);
  return weights;
}

// One call: what is compared with what, and who is told.
struct PairRun {
  const CommandContext& context;
  const EvaluateOptions& options;
  PairPlan plan;
  PairWeights weights;
  EvaluateRejects rejects;

  // The pairs' scores; `usable` keeps the pairs of which both pictures could be read.
  PairedResult compare(const MatchedSets& sets, MatchedSets& usable);
  void add_scores(const PairedResult& result, json& report) const;
  void add_distances(const MatchedSets& usable, json& report);
};

PairedResult PairRun::compare(const MatchedSets& sets, MatchedSets& usable) {
  std::set<int64_t> rejected;
  PairedOptions paired{.psnr = plan.psnr,
                       .ssim = {},
                       .lpips = {},
                       .threads = context.common.worker_threads(),
                       .show_progress = context.common.progress,
                       .on_reject = [&](int64_t i, const std::string& reason) {
                         rejected.insert(i);
                         rejects.add(sets.a.location(i), reason);
                       }};
  if (plan.ssim) paired.ssim = options.ssim;
  if (weights.lpips) paired.lpips = weights.lpips->net;
  PairedResult result = compare_sets(sets.a, sets.b, paired, context.log);
  if (result.pairs.empty()) throw InputError("no pair of pictures could be compared");
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < sets.a.size(); ++i) {
    if (!rejected.contains(i)) numbers.push_back(i);
  }
  usable = {sets.a.select(numbers), sets.b.select(numbers), {}};
  return result;
}

void PairRun::add_scores(const PairedResult& result, json& report) const {
  report["n_samples"] = report["n_reference"] = result.pairs.size();
  report["identical"] = result.identical;
  if (plan.psnr) report["psnr"] = number_or_null(result.means.psnr);
  if (plan.ssim) {
    report["ssim"] = number_or_null(result.means.ssim);
    report["ssim_kind"] = name_of(options.ssim);
  }
  if (weights.lpips) {
    const bool is_alexnet = weights.lpips->net.net() == LpipsNet::alexnet;
    report["lpips"] = number_or_null(result.means.lpips);
    report["lpips_net"] = is_alexnet ? "alexnet" : "vgg16";
    report["lpips_sha256"] = weights.lpips->sha256;
    if (!weights.inception) report["weights_sha256"] = weights.lpips->sha256;
  }
  if (plan.pixels()) report["images"] = images_json(result, plan);
}

void PairRun::add_distances(const MatchedSets& usable, json& report) {
  const LoadedInception& inception = *weights.inception;
  const auto features = [&](const PictureSet& set, const char* label) {
    return inception.features(set, {.spatial = plan.rsfid}, label, options, context, rejects);
  };
  const SetFeatures a = features(usable.a, "reconstructions");
  const SetFeatures b = features(usable.b, "originals");
  report["weights_sha256"] = inception.sha256;
  if (plan.rfid) report["rfid"] = frechet_distance(a.pool, b.pool);
  if (plan.rsfid) report["rsfid"] = frechet_distance(*a.spatial, *b.spatial);
}

}  // namespace

CommandResult evaluate_pairs(const CommandContext& context, const EvaluateOptions& options,
                             const EvaluateInputs& inputs) {
  const WorkMeter meter;
  const MatchedSets sets =
      match_pictures(open_pictures(inputs.samples, options.picture_options(), context.log),
                     open_pictures(inputs.reference, options.picture_options(), context.log));
  const PairPlan plan = plan_of(options, sets.a.size(), context.log);
  PairRun run{context, options, plan, load_weights(context, options, plan),
              EvaluateRejects(context.log)};
  if (context.common.dry_run) {
    const json planned = {{"dry_run", true}, {"n_samples", sets.a.size()}};
    return {.text = fmt::format("would compare {} pairs", sets.a.size()), .json = planned.dump(2)};
  }
  for (const UnmatchedPicture& picture : sets.unmatched) {
    run.rejects.add(picture.location, picture.reason);
  }
  json report = report_head(options, context);
  report["samples"] = inputs.samples;
  report["reference"] = inputs.reference;
  MatchedSets usable = sets;
  // Also where only distributions are compared: it finds the pictures that take no part.
  run.add_scores(run.compare(sets, usable), report);
  if (plan.inception()) run.add_distances(usable, report);
  report.update(cost_facts(meter.cost(context.common.worker_threads())));
  return finished(std::move(report), run.rejects, "", options);
}

}  // namespace gpst
