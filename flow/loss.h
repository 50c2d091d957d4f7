// The training loss of a flow (numerics.md 7): mean squared error of what the net predicts.
//   velocity  (out - (d_alpha x1 + d_sigma x0))^2
//   noise     w (out - x0)^2
//   score     w (sigma out + x0)^2
// w = 1, (D / sigma)^2 ("velocity") or D / sigma^2 ("likelihood"), D the SBDM diffusion.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/philox.h"
#include "flow/options.h"

namespace gpst {

// What the net sees and what its output is compared with.
struct FlowTarget {
  at::Tensor xt;            // [B,C,l,1]
  at::Tensor target;        // [B,C,l,1]
  at::Tensor output_scale;  // [B,1,1,1]
  at::Tensor weight;        // [B,1,1,1]
};

FlowTarget flow_target(const at::Tensor& x1 /* data [B,C,l,1] */,
                       const at::Tensor& x0 /* noise [B,C,l,1] */,
                       std::span<const float> t /* [B] */, const TransportOptions& transport);

// Loss of every sample, mean over [C,l]: [B]. Differentiable by `output`.
at::Tensor flow_loss(const at::Tensor& output /* [B,C,l,1] */, const FlowTarget& target);

// How training draws t: uniform, or sigmoid(scale * normal), which favours the middle.
struct TimeOptions {
  std::string distribution = "uniform";  // uniform | logit-normal
  double scale = 1;
  void visit(FieldVisitor& v);
};

struct TimeInterval {
  double t0 = 0, t1 = 1;
};

// The times a net is trained on: all of [0,1] for velocity nets on the linear and GVP paths, else
// train_eps (1e-3, VP 1e-5 when unset) is left out.
TimeInterval training_interval(const TransportOptions& transport);

// One t per sample of a batch, from the stream of Purpose::time.
std::vector<float> draw_times(int64_t count, const TimeOptions& options,
                              const TransportOptions& transport, PhiloxStream& stream);

// Which samples lose their label: `uniform` below `probability`. Labels y become `none`.
void drop_labels(std::span<int64_t> labels, std::span<const float> uniform, double probability,
                 int64_t none);

}  // namespace gpst
