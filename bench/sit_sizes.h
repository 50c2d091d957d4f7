// The nets that are measured.
#pragma once

#include "nn/sit.h"

namespace gpst::bench {

inline constexpr int64_t kConditionChannels = 5;

// S, B, L or XL.
inline SitOptions named_sit(const char* name) {
  SitOptions options;
  options.name = name;
  return options;
}

// The texture net of models/tiny64.
inline SitOptions tiny64_sit() {
  SitOptions options;
  options.name = "tiny64";
  options.depth = 6;
  options.hidden_size = 256;
  options.num_heads = 8;
  options.latent_size = 64;
  options.in_channels = 17;
  return options;
}

}  // namespace gpst::bench
