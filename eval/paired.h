// Metrics of picture against picture: reconstructions and their originals.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eval/lpips.h"
#include "eval/pixel_metrics.h"

namespace gpst {

class Log;
class PictureSet;

struct PairedOptions {
  bool psnr = true;
  std::optional<SsimKind> ssim = SsimKind::wang;  // none: not computed
  std::optional<Lpips> lpips = {};                // none: not computed; runs where its weights lie
  int threads = 1;
  // What the progress line calls this.
  std::string label = "pairs";
  bool show_progress = true;
  // A pair that cannot be compared (a broken picture, two sizes, smaller than a window): its number
  // and why, both names in it. In order, on the calling thread.
  std::function<void(int64_t index, const std::string& reason)> on_reject = {};
};

// Values that were not asked for are absent.
struct PairScore {
  int64_t index = 0;      // in the sets
  std::string name = {};  // of the first set's picture
  bool identical = false;
  std::optional<double> psnr = {};  // dB; absent for identical pictures
  std::optional<double> ssim = {};
  std::optional<double> lpips = {};
};

struct PairedMeans {
  std::optional<double> psnr = {};  // over the pairs that differ; absent when all are identical
  std::optional<double> ssim = {};
  std::optional<double> lpips = {};
};

struct PairedResult {
  std::vector<PairScore> pairs;  // those that could be compared, in order
  int64_t identical = 0;
  PairedMeans means;
};

// One pair, `index` and `name` left open. InputError for two sizes, or for pictures smaller than a
// metric needs.
PairScore compare_pair(const Picture8& a, const Picture8& b, const PairedOptions& options);
// The same without LPIPS, though pictures too small for it are refused.
PairScore compare_pixels(const Picture8& a, const Picture8& b, const PairedOptions& options);

// Sums in the order of the pairs.
PairedMeans means_of(const std::vector<PairScore>& pairs);

// Picture i of `a` against picture i of `b` (pairing.h brings two sets into the same order). On the
// CPU workers each take chunks of pairs and compute LPIPS one pair at a time, so that numbers do
// not depend on `threads`; with LPIPS on a device the workers decode and compute the rest.
// InputError when the sets differ in length.
PairedResult compare_sets(const PictureSet& a, const PictureSet& b, const PairedOptions& options,
                          Log& log);

}  // namespace gpst
