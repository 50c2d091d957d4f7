#include "eval/paired.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "eval/signed_batch.h"

namespace gpst {
namespace {

// Mean of what the pairs have.
class Mean {
 public:
  void add(const std::optional<double>& value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  std::optional<double> result() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / static_cast<double>(count_);
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

void check_pair(const Picture8& a, const Picture8& b, const PairedOptions& options) {
  if (a.width != b.width || a.height != b.height) {
    throw InputError(fmt::format("pictures of {}x{} and {}x{}: expected a pair of one size",
                                 a.width, a.height, b.width, b.height));
  }
  if (!options.lpips) return;
  const LpipsNet net = options.lpips->net();
  const int64_t side = smallest_side(net);
  if (std::min(a.width, a.height) >= side) return;
  throw InputError(fmt::format("LPIPS ({}) needs pictures of at least {}x{} pixels, got {}x{}",
                               name_of(net), side, side, a.width, a.height));
}

}  // namespace

PairScore compare_pixels(const Picture8& a, const Picture8& b, const PairedOptions& options) {
  check_pair(a, b, options);
  PairScore score;
  score.identical = a == b;
  if (options.psnr) score.psnr = psnr(a, b);
  if (options.ssim) score.ssim = ssim(a, b, *options.ssim);
  return score;
}

PairScore compare_pair(const Picture8& a, const Picture8& b, const PairedOptions& options) {
  const at::NoGradGuard no_grad;
  PairScore score = compare_pixels(a, b, options);
  if (options.lpips) {
    const at::Device device = options.lpips->device();
    const at::Tensor pictures_a = signed_batch({&a}).to(device);
    const at::Tensor pictures_b = signed_batch({&b}).to(device);
    score.lpips = options.lpips->distance(pictures_a, pictures_b).item<double>();
  }
  return score;
}

PairedMeans means_of(const std::vector<PairScore>& pairs) {
  Mean psnr, ssim, lpips;
  for (const PairScore& pair : pairs) {
    psnr.add(pair.psnr);
    ssim.add(pair.ssim);
    lpips.add(pair.lpips);
  }
  return {psnr.result(), ssim.result(), lpips.result()};
}

}  // namespace gpst
