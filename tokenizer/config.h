// Options of a tokenizer model: the published `decoderconfig` and `gpsconfig`, and keys of our own
// whose defaults are the published structure (numerics.md 2 to 5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "tokenizer/initial_gaussians.h"
#include "tokenizer/partition.h"

namespace gpst {

// The convolutional decoder, `decoderconfig`.
struct DecoderOptions {
  bool double_z = false;  // published files carry it; true is refused
  int64_t z_channels = 16;
  int64_t resolution = 256;  // side of the picture and of a tile, pixels
  int64_t in_channels = 3;
  int64_t out_ch = 3;
  int64_t ch = 128;
  std::vector<int64_t> ch_mult = {1, 2, 4};  // channels of level i: ch * ch_mult[i]; 0 the finest
  int64_t num_res_blocks = 2;                // a level has one block more
  std::vector<int64_t> attn_resolutions;     // published files carry it; refused unless empty
  double dropout = 0;                        // published files carry it; refused unless 0
  // Ours.
  std::vector<int64_t> level_blocks;  // residual blocks of each level; empty: num_res_blocks + 1
  bool mid_attention = true;          // attention between the two middle blocks
  bool narrow_upsample = false;       // the convolution after 2x takes on the next level's channels

  void visit(FieldVisitor& visitor);
};

// How a picture of several tiles is decoded (numerics.md 5), key `tiles`.
enum class TileRule {
  automatic,  // "auto", as published: alone where gps_num is 256, else merge
  merge,      // tokens merged onto one canvas, decoded once with the tile norm
  alone,      // each tile decoded by itself, the pictures joined
};

// Partition, encoder and splatting, `gpsconfig`.
struct GpsOptions {
  int64_t rois = 8;        // RoIAlign bins a side
  int64_t gpsenc_n = 30;   // attention blocks
  int64_t gpsenc_c = 512;  // their width
  int64_t gps_c = 16;      // feature channels of a token
  int64_t gps_num = 128;   // tokens of a tile
  double gps_dmax = 3;     // support of a Gaussian, in sigmas
  double gps_adaptive_w = 2.5;
  std::vector<int64_t> gps_rs = {64, 64};  // canvas of a tile
  // Ours.
  int64_t gps_minhw = 8;
  SigmaInit gps_sigma_init = SigmaInit::code;
  SquareTie gps_square_tie = SquareTie::height;
  int64_t stem_channels = 128;
  int64_t stem_downsample = 1;       // 2: the stem sees 2x2 pixels as one of 12 channels
  bool stem_time_projection = true;  // the published checkpoints carry it, nothing uses it
  int64_t gpsenc_heads = 8;
  int64_t norm_groups = 32;  // groups of every group and tile norm
  TileRule tiles = TileRule::automatic;

  void visit(FieldVisitor& visitor);
};

struct TokenizerOptions {
  DecoderOptions decoder;
  GpsOptions gps;

  void visit(FieldVisitor& visitor);

  // ConfigError naming the key when a value is not supported or two do not fit together.
  void check() const;

  int64_t levels() const { return static_cast<int64_t>(decoder.ch_mult.size()); }
  int64_t tile_side() const { return decoder.resolution; }
  int64_t level_channels(int64_t level) const;  // ch * ch_mult[level]
  int64_t blocks_of_level(int64_t level) const;
  TileRule tile_rule() const;  // merge or alone
};

// The tokenizer's options in any of the three shapes, checked:
//   a model folder's `tokenizer: {decoderconfig, gpsconfig}`,
//   a published tokenizer's `model: {decoderconfig, gpsconfig}` (train, loss, data beside it),
//   a published generator's `gpstoken: {decoderconfig, gpsconfig}`.
// ConfigError when there is none of them, on unknown keys inside, and as check().
TokenizerOptions read_tokenizer_options(const Config& config);

// Where the options stand in such a file: "tokenizer", "model" or "gpstoken".
std::string tokenizer_section(const Config& config);

}  // namespace gpst
