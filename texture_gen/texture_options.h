// Options of a texture model: the published keys (numerics.md 6) and two of our own.
#pragma once

#include <cstdint>
#include <vector>

#include "base/config.h"
#include "flow/options.h"
#include "nn/channel_statistics.h"
#include "nn/sit.h"
#include "texture_gen/condition_encoding.h"

namespace gpst {

struct TextureOptions {
  ChannelStatistics statistics;  // pretrained_gpstoken_means and _stds, of (delta g, f)
  TransportOptions transport;
  SitOptions model;
  ConditionEncoding condition_encoding = ConditionEncoding::values;
  // Noise on the condition in training, in standard deviations of each channel.
  double condition_noise = 0;

  void visit(FieldVisitor& v);
  // Net and statistics fit together. ConfigError; also when there are no statistics, unless
  // `purpose` is to train, which brings its own.
  enum class Use { sample, train };
  void check(Use use) const;
};

// The section `texture:` of a model folder, or a published generator file as a whole.
// ConfigError when `config` is neither.
TextureOptions read_texture_options(const Config& config);

}  // namespace gpst
