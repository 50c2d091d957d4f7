// Generators to go with the tokenizer of tiny_tokenizer.h: two classes, one block each.
#pragma once

#include <algorithm>
#include <string>

#include "layout_gen/layout_options.h"
#include "tests/support/tiny_tokenizer.h"
#include "texture_gen/texture_options.h"

namespace gpst {

inline SitOptions tiny_sit_options(int64_t channels, int64_t tokens) {
  SitOptions net;
  net.name = std::string("tiny");
  net.depth = 1;
  net.hidden_size = 16;
  net.num_heads = 2;
  net.mlp_ratio = 2;
  net.latent_size = tokens;
  net.num_classes = 2;
  net.in_channels = channels;
  net.learn_sigma = false;
  return net;
}

inline LayoutOptions tiny_layout_options() {
  LayoutOptions options;
  options.model = tiny_sit_options(5, tiny_tokenizer_options().gps.gps_num);
  options.statistics = {{-3, -3, 0, 0, 0}, {1, 1, 1, 0.5, 0.5}};
  return options;
}

inline TextureOptions tiny_texture_options() {
  const GpsOptions gps = tiny_tokenizer_options().gps;
  const int64_t channels = 5 + gps.gps_c;
  TextureOptions options;
  options.model = tiny_sit_options(channels, gps.gps_num);
  options.statistics.mean.assign(static_cast<size_t>(channels), 0.0);
  options.statistics.std.assign(static_cast<size_t>(channels), 1.0);
  std::fill_n(options.statistics.std.begin(), 5, 0.02);  // of delta g
  return options;
}

}  // namespace gpst
