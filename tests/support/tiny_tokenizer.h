// A tokenizer and pictures small enough for a test.
#pragma once

#include <filesystem>

#include "image/picture8.h"
#include "image/png.h"
#include "tokenizer/config.h"

namespace gpst {

// 8 tokens of 4 features for pictures of 32x32.
inline TokenizerOptions tiny_tokenizer_options() {
  TokenizerOptions options;
  options.decoder.resolution = 32;
  options.decoder.z_channels = 4;
  options.decoder.ch = 8;
  options.decoder.ch_mult = {1, 1};
  options.decoder.num_res_blocks = 1;
  options.decoder.mid_attention = false;
  options.gps.rois = 4;
  options.gps.gpsenc_n = 1;
  options.gps.gpsenc_c = 16;
  options.gps.gpsenc_heads = 2;
  options.gps.gps_c = 4;
  options.gps.gps_num = 8;
  options.gps.gps_rs = {16, 16};
  options.gps.gps_minhw = 4;
  options.gps.stem_channels = 8;
  options.gps.norm_groups = 4;
  return options;
}

// `count` pictures of two classes, `even/` and `odd/`: colours and stripes.
inline void write_tiny_pictures(const std::filesystem::path& folder, int count) {
  for (int i = 0; i < count; ++i) {
    Picture8 picture(40, 32);
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        uint8_t* pixel = picture.at(x, y);
        pixel[0] = static_cast<uint8_t>(20 * i);
        pixel[1] = static_cast<uint8_t>(x < 20 + i ? 200 : 30);
        pixel[2] = static_cast<uint8_t>((y / 4 + i) % 2 * 180);
      }
    }
    const auto label = folder / (i % 2 == 0 ? "even" : "odd");
    std::filesystem::create_directories(label);
    write_png((label / (std::to_string(i) + ".png")).string(), picture);
  }
}

}  // namespace gpst
