#include "tests/cli/model_fixture.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "base/config.h"
#include "image/png.h"
#include "nn/weights.h"
#include "tests/cli/run_program.h"
#include "tokenizer/config.h"
#include "tokenizer/model.h"

namespace gpst {
namespace {

const char kConfig[] =
    "tokenizer:\n"
    "  decoderconfig:\n"
    "    {z_channels: 4, resolution: 32, ch: 8, ch_mult: [1, 2], num_res_blocks: 1}\n"
    "  gpsconfig:\n"
    "    {rois: 2, gpsenc_n: 1, gpsenc_c: 16, gps_c: 4, gps_num: 16, gps_rs: [16, 16],\n"
    "     gps_minhw: 4, stem_channels: 8, gpsenc_heads: 2, norm_groups: 4}\n";

}  // namespace

void write_tiny_model(const std::filesystem::path& folder, int seed) {
  write_text(folder / "config.yaml", kConfig);
  write_text(folder / "classes.tsv", "label\twnid\tname\n0\tn0\tlion\n1\tn1\ttiger\n");
  at::manual_seed(seed);
  TokenizerModel model(read_tokenizer_options(Config::from_yaml_text(kConfig, "test")));
  const at::NoGradGuard no_grad;
  // Also what starts at zero, so that every part of the model shows in its results.
  for (at::Tensor& parameter : model.parameters()) parameter.normal_(0, 0.1);
  save_weights((folder / "tokenizer.safetensors").string(), model, DType::f32);
}

void write_test_picture(const std::filesystem::path& path, int shift) {
  Picture8 picture(48, 40);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      uint8_t* rgb = picture.at(x, y);
      rgb[0] = static_cast<uint8_t>(x * 5 + shift);
      rgb[1] = static_cast<uint8_t>((x / 6 + y / 6) % 2 == 0 ? 30 : 220);
      rgb[2] = static_cast<uint8_t>(y * 6);
    }
  }
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  write_png(path.string(), picture);
}

}  // namespace gpst
