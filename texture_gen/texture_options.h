// Options of a texture model: the published keys (numerics.md 6) and two of our own.
#pragma once

#include "base/config.h"
#include "flow/options.h"
#include "nn/channel_statistics.h"
#include "nn/sit.h"
#include "texture_gen/condition_encoding.h"

namespace gpst {

struct TextureOptions {
  TextureOptions();  // the published size, XL

  ChannelStatistics statistics;  // pretrained_gpstoken_means and _stds, of (delta g, f)
  TransportOptions transport;
  SitOptions model;
  ConditionEncoding condition_encoding = ConditionEncoding::values;
  // Noise on the condition in training, in standard deviations of each channel.
  double condition_noise = 0;

  void visit(FieldVisitor& v);

  // ConfigError unless the net fits together and there are statistics of all its channels: wrong
  // or missing statistics would ruin samples silently.
  void check_for_sampling() const;
};

// The section `texture:` of a model folder or training configuration, else a published generator
// file as a whole (`model`, `transport`, `pretrained_...`). ConfigError when it is neither, and for
// unknown keys in the section.
TextureOptions read_texture_options(const Config& config);

}  // namespace gpst
