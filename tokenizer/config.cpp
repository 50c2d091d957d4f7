#include "tokenizer/config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace gpst {
namespace {

constexpr std::array kSigmaInits = {EnumName{SigmaInit::code, "code"},
                                    EnumName{SigmaInit::paper, "paper"}};
constexpr std::array kSquareTies = {EnumName{SquareTie::height, "height"},
                                    EnumName{SquareTie::width, "width"}};
constexpr std::array kTileRules = {EnumName{TileRule::automatic, "auto"},
                                   EnumName{TileRule::merge, "merge"},
                                   EnumName{TileRule::alone, "alone"}};
// The published model of this many tokens decodes its tiles alone.
constexpr int64_t kTokensOfAloneModel = 256;
constexpr std::array kSections = {"tokenizer", "model", "gpstoken"};

void require(bool holds, const std::string& message) {
  if (!holds) throw ConfigError(message);
}

void require_multiple(std::string_view key, int64_t channels, std::string_view divisor_key,
                      int64_t divisor) {
  require(channels % divisor == 0, fmt::format("{} ({}) must be a multiple of {} ({})", key,
                                               channels, divisor_key, divisor));
}

void check_supported(const DecoderOptions& decoder) {
  require(!decoder.double_z, "decoderconfig.double_z: only false is supported");
  require(decoder.attn_resolutions.empty(),
          "decoderconfig.attn_resolutions: expected [], as in every published model; attention "
          "inside the levels is not supported");
  require(decoder.dropout == 0, "decoderconfig.dropout: only 0 is supported");
  require(decoder.in_channels == 3 && decoder.out_ch == 3,
          fmt::format("decoderconfig.in_channels and out_ch: pictures are RGB, expected 3 and 3, "
                      "found {} and {}",
                      decoder.in_channels, decoder.out_ch));
}

void check_sizes(const TokenizerOptions& options) {
  const DecoderOptions& decoder = options.decoder;
  const GpsOptions& gps = options.gps;
  require(decoder.z_channels == gps.gps_c,
          fmt::format("decoderconfig.z_channels ({}) and gpsconfig.gps_c ({}) must be equal: the "
                      "decoder reads what the tokens carry",
                      decoder.z_channels, gps.gps_c));
  require(gps.gps_rs[0] == gps.gps_rs[1],
          fmt::format("gpsconfig.gps_rs: the canvas of a tile is square, found [{}, {}]",
                      gps.gps_rs[0], gps.gps_rs[1]));
  const int64_t side = gps.gps_rs[0] << (options.levels() - 1);
  require(decoder.resolution == side,
          fmt::format("decoderconfig.resolution is {}, but a canvas of {} (gpsconfig.gps_rs) and "
                      "{} levels (decoderconfig.ch_mult) make pictures of {}",
                      decoder.resolution, gps.gps_rs[0], options.levels(), side));
  require(decoder.level_blocks.empty() ||
              static_cast<int64_t>(decoder.level_blocks.size()) == options.levels(),
          fmt::format("decoderconfig.level_blocks: expected {} numbers, one for each of ch_mult, "
                      "found {}",
                      options.levels(), decoder.level_blocks.size()));
}

void check_divisible(const TokenizerOptions& options) {
  const GpsOptions& gps = options.gps;
  require_multiple("gpsconfig.stem_channels", gps.stem_channels, "gpsconfig.norm_groups",
                   gps.norm_groups);
  require_multiple("gpsconfig.gpsenc_c", gps.gpsenc_c, "gpsconfig.gpsenc_heads", gps.gpsenc_heads);
  require_multiple("decoderconfig.resolution", options.decoder.resolution,
                   "gpsconfig.stem_downsample", gps.stem_downsample);
  for (int64_t level = 0; level < options.levels(); ++level) {
    require_multiple(fmt::format("decoderconfig.ch * ch_mult[{}]", level),
                     options.level_channels(level), "gpsconfig.norm_groups", gps.norm_groups);
  }
}

}  // namespace

void DecoderOptions::visit(FieldVisitor& v) {
  constexpr double kMaxChannels = 1 << 14;
  v.field({.name = "double_z", .help = "published key; only false"}, double_z);
  v.field({.name = "z_channels", .help = "channels of the map, = gps_c", .min = 1, .max = 4096},
          z_channels);
  v.field({.name = "resolution", .help = "side of a picture and tile", .min = 8, .max = 4096},
          resolution);
  v.field({.name = "in_channels", .help = "channels of a picture; only 3"}, in_channels);
  v.field({.name = "out_ch", .help = "channels of the result; only 3"}, out_ch);
  v.field({.name = "ch", .help = "channels that ch_mult multiplies", .min = 1, .max = kMaxChannels},
          ch);
  v.field({.name = "ch_mult",
           .help = "channels of each level in units of ch, finest level first",
           .min = 1,
           .max = 64,
           .min_items = 1,
           .max_items = 8},
          ch_mult);
  v.field({.name = "num_res_blocks",
           .help = "residual blocks of a level less one",
           .min = 0,
           .max = 64},
          num_res_blocks);
  v.field({.name = "attn_resolutions", .help = "published key; only []"}, attn_resolutions);
  v.field({.name = "dropout", .help = "published key; only 0"}, dropout);
  v.field({.name = "level_blocks",
           .help = "residual blocks of each level, finest first; [] means num_res_blocks + 1",
           .min = 0,
           .max = 64},
          level_blocks);
  v.field({.name = "mid_attention", .help = "attention between the middle blocks"}, mid_attention);
  v.field({.name = "narrow_upsample",
           .help = "the convolution after each 2x changes to the next level's channels"},
          narrow_upsample);
}

void GpsOptions::visit(FieldVisitor& v) {
  v.field({.name = "rois", .help = "RoIAlign bins a side", .min = 1, .max = 64}, rois);
  v.field({.name = "gpsenc_n", .help = "attention blocks of the encoder", .min = 1, .max = 256},
          gpsenc_n);
  v.field({.name = "gpsenc_c", .help = "width of the encoder", .min = 1, .max = 1 << 14}, gpsenc_c);
  v.field({.name = "gps_c", .help = "feature channels of a token", .min = 1, .max = 4096}, gps_c);
  v.field({.name = "gps_num", .help = "tokens of a tile", .min = 1, .max = 1 << 16}, gps_num);
  v.field({.name = "gps_dmax",
           .help = "support of a Gaussian, in deviations",
           .min = 0.01,
           .max = 1000},
          gps_dmax);
  v.field({.name = "gps_adaptive_w",
           .help = "exponent of the entropy in the partition",
           .min = 0,
           .max = 100},
          gps_adaptive_w);
  v.field({.name = "gps_rs",
           .help = "height and width of a tile's canvas",
           .min = 2,
           .max = 1024,
           .min_items = 2,
           .max_items = 2},
          gps_rs);
  v.field({.name = "gps_minhw",
           .help = "a side of at most this + 1 pixels is not cut",
           .min = 1,
           .max = 1024},
          gps_minhw);
  enum_field(v, {.name = "gps_sigma_init", .help = "deviations of the initial Gaussians"},
             gps_sigma_init, kSigmaInits);
  enum_field(v, {.name = "gps_square_tie", .help = "side of a square cut on a tie"}, gps_square_tie,
             kSquareTies);
  v.field({.name = "stem_channels", .help = "channels of the stem", .min = 1, .max = 1 << 14},
          stem_channels);
  v.field({.name = "stem_downsample",
           .help = "the stem takes squares of this side as one pixel",
           .min = 1,
           .max = 8},
          stem_downsample);
  v.field({.name = "stem_time_projection",
           .help = "keep the unused temb_proj of the published checkpoints"},
          stem_time_projection);
  v.field({.name = "gpsenc_heads", .help = "attention heads of the encoder", .min = 1, .max = 256},
          gpsenc_heads);
  v.field({.name = "norm_groups", .help = "groups of every group norm", .min = 1, .max = 4096},
          norm_groups);
  enum_field(v, {.name = "tiles", .help = "how a picture of several tiles is decoded"}, tiles,
             kTileRules);
}

void TokenizerOptions::visit(FieldVisitor& v) {
  group(v, "decoderconfig", "the convolutional decoder", decoder);
  group(v, "gpsconfig", "partition, encoder and splatting", gps);
}

void TokenizerOptions::check() const {
  check_supported(decoder);
  check_sizes(*this);
  check_divisible(*this);
}

int64_t TokenizerOptions::level_channels(int64_t level) const {
  return decoder.ch * decoder.ch_mult.at(level);
}

int64_t TokenizerOptions::blocks_of_level(int64_t level) const {
  return decoder.level_blocks.empty() ? decoder.num_res_blocks + 1 : decoder.level_blocks.at(level);
}

TileRule TokenizerOptions::tile_rule() const {
  if (gps.tiles != TileRule::automatic) return gps.tiles;
  return gps.gps_num == kTokensOfAloneModel ? TileRule::alone : TileRule::merge;
}

std::string tokenizer_section(const Config& config) {
  for (const std::string section : kSections) {
    if (config.has(section + ".gpsconfig") || config.has(section + ".decoderconfig")) {
      return section;
    }
  }
  throw ConfigError(
      "the configuration describes no tokenizer: expected decoderconfig and gpsconfig under "
      "`tokenizer` (a model folder), `model` (a published tokenizer) or `gpstoken` (a published "
      "generator)");
}

TokenizerOptions read_tokenizer_options(const Config& config) {
  const Config section = config.subtree(tokenizer_section(config));
  section.reject_unknown(known_keys<TokenizerOptions>(""));
  TokenizerOptions options;
  section.read("", options);
  options.check();
  return options;
}

}  // namespace gpst
