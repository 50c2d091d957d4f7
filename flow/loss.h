// The training loss of a flow (numerics.md 7): mean squared error of what the net predicts.
//   velocity  (out - (d_alpha x1 + d_sigma x0))^2
//   noise     w (out - x0)^2
//   score     w (sigma out + x0)^2
// w = 1, (D / sigma)^2 ("velocity") or D / sigma^2 ("likelihood"), D the SBDM diffusion.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "flow/options.h"

namespace gpst {

// What the net sees and what its output is compared with.
struct FlowTarget {
  at::Tensor xt;            // alpha x1 + sigma x0, [B,C,l,1]
  at::Tensor target;        // [B,C,l,1]
  at::Tensor output_scale;  // [B,1,1,1]
  at::Tensor weight;        // [B,1,1,1]

  FlowTarget to(at::Device device) const;
};

FlowTarget flow_target(const at::Tensor& x1 /* data [B,C,l,1] */,
                       const at::Tensor& x0 /* noise [B,C,l,1] */,
                       std::span<const float> t /* [B] */, const TransportOptions& transport);

// Loss of every sample, mean over [C,l]: [B]. Differentiable by `output`.
at::Tensor flow_loss(const at::Tensor& output /* [B,C,l,1] */, const FlowTarget& target);

// The same by channel, mean over [l]: [B,C], whose mean over [C] it is.
at::Tensor flow_channel_losses(const at::Tensor& output /* [B,C,l,1] */, const FlowTarget& target);

}  // namespace gpst
