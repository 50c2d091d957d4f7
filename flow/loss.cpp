#include "flow/loss.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

// Numbers per sample as a tensor that broadcasts over [B,C,l,1].
at::Tensor column(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.options()).view({-1, 1, 1, 1});
}

double loss_weight(const PathPoint& p, const TransportOptions& transport) {
  if (transport.prediction == Prediction::velocity) return 1;
  const double ratio = p.diffusion / p.sigma;
  switch (transport.loss_weight) {
    case LossWeight::velocity:
      return ratio * ratio;
    case LossWeight::likelihood:
      return ratio / p.sigma;
    case LossWeight::none:
      break;
  }
  return 1;
}

// alpha x1 + sigma x0 with one pair of coefficients a sample.
at::Tensor blend(const std::vector<double>& a, const at::Tensor& x1, const std::vector<double>& b,
                 const at::Tensor& x0) {
  return column(a, x1) * x1 + column(b, x0) * x0;
}

}  // namespace

FlowTarget FlowTarget::to(at::Device device) const {
  return {.xt = xt.to(device),
          .target = target.to(device),
          .output_scale = output_scale.to(device),
          .weight = weight.to(device)};
}

FlowTarget flow_target(const at::Tensor& x1, const at::Tensor& x0, std::span<const float> t,
                       const TransportOptions& transport) {
  if (x1.sizes() != x0.sizes() || x1.dim() != 4 || x1.size(0) != static_cast<int64_t>(t.size())) {
    throw InputError(
        fmt::format("flow loss: data, noise and {} times do not fit together", t.size()));
  }
  std::vector<double> alpha, d_alpha, sigma, d_sigma, weight;
  for (const float time : t) {
    const PathPoint p = path_at(transport.path_type, time);
    alpha.push_back(p.alpha);
    d_alpha.push_back(p.d_alpha);
    sigma.push_back(p.sigma);
    d_sigma.push_back(p.d_sigma);
    weight.push_back(loss_weight(p, transport));
  }
  FlowTarget result{.xt = blend(alpha, x1, sigma, x0),
                    .target = x0,
                    .output_scale = at::ones({x1.size(0), 1, 1, 1}, x1.options()),
                    .weight = column(weight, x1)};
  if (transport.prediction == Prediction::velocity) {
    result.target = blend(d_alpha, x1, d_sigma, x0);
  } else if (transport.prediction == Prediction::score) {
    result.target = -x0;
    result.output_scale = column(sigma, x1);
  }
  return result;
}

at::Tensor flow_channel_losses(const at::Tensor& output, const FlowTarget& target) {
  const at::Tensor difference = output * target.output_scale - target.target;
  return (target.weight * difference.square()).mean({2, 3});  // [B,C]
}

at::Tensor flow_loss(const at::Tensor& output, const FlowTarget& target) {
  const at::Tensor difference = output * target.output_scale - target.target;
  return (target.weight * difference.square()).mean({1, 2, 3});  // [B]
}

}  // namespace gpst
