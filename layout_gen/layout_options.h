// Options of a layout model (numerics.md 8).
#pragma once

#include "base/config.h"
#include "flow/options.h"
#include "nn/channel_statistics.h"
#include "nn/sit.h"

namespace gpst {

struct LayoutOptions {
  LayoutOptions();  // SiT-S over 5 channels, 5 Euler steps (6 time points)

  ChannelStatistics statistics;  // layout_means and _stds: of layout_values()
  TransportOptions transport;
  SitOptions model;
  SamplingOptions sampling;

  void visit(FieldVisitor& v);

  // ConfigError unless the net fits together and there are statistics of its 5 channels.
  void check_for_sampling() const;
};

// The section `layout:` of a model folder or training configuration. ConfigError when there is
// none.
LayoutOptions read_layout_options(const Config& config);

}  // namespace gpst
