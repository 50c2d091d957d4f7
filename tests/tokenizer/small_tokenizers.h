// Tokenizers and pictures small enough for a test, with drawn weights.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <memory>

#include "tokenizer/model.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

// The structure of the small default model at the sizes of its first run.
inline TokenizerOptions tiny_variant() {
  return read_tokenizer_options(Config::from_yaml_text(R"(
tokenizer:
  decoderconfig: {z_channels: 8, resolution: 64, ch: 48, ch_mult: [1, 2], level_blocks: [1, 1],
                  mid_attention: false, narrow_upsample: true}
  gpsconfig: {rois: 4, gpsenc_n: 6, gpsenc_c: 192, gpsenc_heads: 6, gps_c: 8, gps_num: 64,
              gps_minhw: 4, gps_rs: [32, 32], stem_channels: 48, stem_downsample: 2,
              stem_time_projection: false, norm_groups: 16})",
                                                       "tiny"));
}

// The published structure, small: 32x32 pictures, two levels.
inline TokenizerOptions small_published() {
  TokenizerOptions options;
  options.decoder.resolution = 32;
  options.decoder.ch = 8;
  options.decoder.ch_mult = {1, 2};
  options.decoder.num_res_blocks = 1;
  options.decoder.z_channels = options.gps.gps_c = 4;
  options.gps.gps_num = 8;
  options.gps.gps_rs = {16, 16};
  options.gps.gps_minhw = 2;
  options.gps.gpsenc_n = 2;
  options.gps.gpsenc_c = 16;
  options.gps.rois = 2;
  options.gps.stem_channels = 8;
  options.gps.norm_groups = 4;
  return options;
}

// On one thread a picture, as the program works.
inline std::shared_ptr<TokenizerModel> drawn(const TokenizerOptions& options, uint64_t seed = 1) {
  at::set_num_threads(1);
  auto model = std::make_shared<TokenizerModel>(options);
  initialise(*model, seed);
  return model;
}

// A picture without randomness and without symmetry: [3,S,S].
inline at::Tensor waves(int64_t side) {
  const at::Tensor i = at::arange(side, at::kFloat);
  const at::Tensor row = at::sin(i * 0.37 + 0.01 * i * i), column = at::cos(i * 0.21 + 1);
  return at::stack({at::outer(row, column), at::outer(column, row), row.expand({side, side})}) *
         0.9;
}

}  // namespace gpst
