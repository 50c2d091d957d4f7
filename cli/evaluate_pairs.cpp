#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "cli/evaluate.h"
#include "cli/evaluate_side.h"
#include "cli/inception_setup.h"
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
PairPlan plan_of(const EvaluateOptions& options, Log& log) {
  const std::vector<Metric> named = metrics_named(options, kPairMetrics);
  const auto has = [&](Metric metric) {
    return std::find(named.begin(), named.end(), metric) != named.end();
  };
  if (!named.empty()) {
    return {has(Metric::psnr), has(Metric::ssim), has(Metric::lpips), has(Metric::rfid),
            has(Metric::rsfid)};
  }
  PairPlan plan{.psnr = true, .ssim = true};
  plan.lpips = has_weights(lpips_kind(options), options.lpips_files());
  plan.rfid = plan.rsfid = has_weights(WeightsKind::inception, options.inception_files());
  constexpr const char* kWhy =
      "left out: no weights are given or found; '--metrics {}' says which are missing";
  if (!plan.lpips) log.info("lpips is " + fmt::format(kWhy, "lpips"));
  if (!plan.rfid) log.info("rfid and rsfid are " + fmt::format(kWhy, "rfid"));
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

// The pairs of which both pictures could be read.
MatchedSets without(const MatchedSets& sets, const std::set<int64_t>& rejected) {
  std::vector<int64_t> usable;
  for (int64_t i = 0; i < sets.a.size(); ++i) {
    if (!rejected.contains(i)) usable.push_back(i);
  }
  return {sets.a.select(usable), sets.b.select(usable), {}};
}

}  // namespace

CommandResult evaluate_pairs(const CommandContext& context, const EvaluateOptions& options,
                             const EvaluateInputs& inputs) {
  const auto begin = std::chrono::steady_clock::now();
  const PairPlan plan = plan_of(options, context.log);
  const MatchedSets sets =
      match_pictures(open_pictures(inputs.samples, options.picture_options(), context.log),
                     open_pictures(inputs.reference, options.picture_options(), context.log));
  std::optional<LoadedLpips> lpips;
  if (plan.lpips) lpips = load_lpips(context, options);
  std::optional<LoadedInception> inception;
  if (plan.inception()) inception = load_inception(context, options);
  if (context.common.dry_run) {
    const json planned = {{"dry_run", true}, {"n_samples", sets.a.size()}};
    return {.text = fmt::format("would compare {} pairs", sets.a.size()), .json = planned.dump(2)};
  }

  json report = report_head(options, context);
  EvaluateRejects rejects(context.log);
  for (const UnmatchedPicture& picture : sets.unmatched) {
    rejects.add(picture.location, picture.reason);
  }
  std::set<int64_t> rejected;
  PairedOptions paired{.psnr = plan.psnr,
                       .ssim = {},
                       .lpips = {},
                       .threads = context.common.worker_threads(),
                       .on_reject = [&](int64_t i, const std::string& reason) {
                         rejected.insert(i);
                         rejects.add(sets.a.location(i), reason);
                       }};
  if (plan.ssim) paired.ssim = options.ssim;
  if (lpips) paired.lpips = lpips->net;
  // Also where only distributions are compared: it finds the pictures that take no part.
  const PairedResult result = compare_sets(sets.a, sets.b, paired, context.log);
  if (result.pairs.empty()) throw InputError("no pair of pictures could be compared");
  report["n_samples"] = report["n_reference"] = result.pairs.size();
  report["samples"] = inputs.samples;
  report["reference"] = inputs.reference;
  report["identical"] = result.identical;
  if (plan.psnr) report["psnr"] = number_or_null(result.means.psnr);
  if (plan.ssim) {
    report["ssim"] = number_or_null(result.means.ssim);
    report["ssim_kind"] = name_of(options.ssim);
  }
  if (lpips) {
    report["lpips"] = number_or_null(result.means.lpips);
    report["lpips_net"] = lpips->net.net() == LpipsNet::alexnet ? "alexnet" : "vgg16";
    report["lpips_sha256"] = lpips->sha256;
  }
  if (inception) {
    const MatchedSets usable = without(sets, rejected);
    const FeatureRequest request{.spatial = plan.rsfid};
    const auto features = [&](const PictureSet& set, const char* label) {
      return inception->features(set, request, label, options, context, rejects);
    };
    const SetFeatures a = features(usable.a, "reconstructions");
    const SetFeatures b = features(usable.b, "originals");
    report["weights_sha256"] = inception->sha256;
    if (plan.rfid) report["rfid"] = frechet_distance(a.pool, b.pool);
    if (plan.rsfid) report["rsfid"] = frechet_distance(*a.spatial, *b.spatial);
  }
  if (plan.pixels()) report["images"] = images_json(result, plan);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  report["seconds"] = seconds.count();
  return finished(std::move(report), rejects, "", options);
}

}  // namespace gpst
