#include "bench/referee/judgement.h"

#include <ATen/ATen.h>

#include "eval/frechet.h"

namespace gpst::bench {
namespace {

constexpr int64_t kAtOnce = 100;  // pictures compared with the whole reference

double share_in_top(const Opinions& opinions, const at::Tensor& labels, int64_t k) {
  const at::Tensor best = std::get<1>(opinions.logits.topk(k, 1));  // [N,k]
  return best.eq(labels.unsqueeze(1)).any(1).to(at::kDouble).mean().item<double>();
}

double diversity_of(const at::Tensor& features, const at::Tensor& labels) {
  double sum = 0;
  int64_t classes = 0;
  for (int64_t label = 0; label <= labels.max().item<int64_t>(); ++label) {
    const at::Tensor own = features.index({labels == label});  // [n,256]
    const int64_t n = own.size(0);
    if (n < 2) continue;
    const double total = at::cdist(own, own).sum().item<double>();
    sum += total / static_cast<double>(n * (n - 1));
    ++classes;
  }
  return classes == 0 ? 0 : sum / static_cast<double>(classes);
}

at::Tensor flat(const at::Tensor& pictures /*[N,3,S,S]*/) {
  return pictures.to(at::kFloat).flatten(1);  // [N,3SS]
}

// Squared distances by |a|^2 - 2 ab + |b|^2: enough digits for pictures of bytes.
at::Tensor nearest_distances(const LabelledPictures& pictures, const LabelledPictures& reference) {
  const at::Tensor b = flat(reference.pictures);  // [M,D]
  const at::Tensor b_squares = b.square().sum(1);
  std::vector<at::Tensor> nearest;
  for (int64_t first = 0; first < pictures.size(); first += kAtOnce) {
    const int64_t count = std::min(kAtOnce, pictures.size() - first);
    const at::Tensor some = pictures.pictures.narrow(0, first, count);
    const auto least = [&](const at::Tensor& a) {
      return (a.square().sum(1, true) - 2 * a.matmul(b.t()) + b_squares).amin(1);
    };
    const at::Tensor squares = at::minimum(least(flat(some)), least(flat(some.flip({3}))));
    nearest.push_back((squares.clamp_min(0) / static_cast<double>(b.size(1))).sqrt());
  }
  return at::cat(nearest);  // [N]
}

}  // namespace

Judgement judge(const LabelledPictures& pictures, const Classifier& referee,
                const LabelledPictures& reference, const at::Tensor& reference_features) {
  const at::NoGradGuard no_gradients;
  const Opinions opinions = referee.judge(pictures);
  const at::Tensor nearest = nearest_distances(pictures, reference);
  return {
      .top1 = share_in_top(opinions, pictures.labels, 1),
      .top5 = share_in_top(opinions, pictures.labels, 5),
      .frechet = frechet_distance(moments_of(opinions.features), moments_of(reference_features)),
      .diversity = diversity_of(opinions.features, pictures.labels),
      .nearest_least = nearest.min().item<double>(),
      .nearest_median = nearest.median().item<double>()};
}

}  // namespace gpst::bench
