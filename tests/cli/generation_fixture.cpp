#include "tests/cli/generation_fixture.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "base/config.h"
#include "layout_gen/layout_model.h"
#include "nn/weights.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"
#include "texture_gen/texture_model.h"

namespace gpst {
namespace {

const std::string kNet =
    "    {name: tiny, depth: 1, hidden_size: 16, num_heads: 2, mlp_ratio: 2, latent_size: 16,\n"
    "     num_classes: 2, learn_sigma: false, in_channels: ";
const std::string kLayoutNet = "  model:\n" + kNet + "5}\n";
const std::string kTextureNet = "  model:\n" + kNet + "9}\n";
const std::string kLayoutStatistics =
    "  layout_means: [-3, -3, 0, 0, 0]\n"
    "  layout_stds: [1, 1, 1, 0.5, 0.5]\n";
const std::string kTextureStatistics =
    "  pretrained_gpstoken_means: [0, 0, 0, 0, 0, 0, 0, 0, 0]\n"
    "  pretrained_gpstoken_stds: [0.02, 0.02, 0.1, 0.02, 0.02, 1, 1, 1, 1]\n";
const std::string kTraining =
    "train:\n"
    "  {lr: 0.001, batch_size: 4, iterations: 12, log_interval: 1, save_interval: 4,\n"
    "   eval_interval: 6, keep_checkpoints: 9}\n";

void randomise(torch::nn::Module& net, int seed) {
  at::manual_seed(seed);
  const at::NoGradGuard no_gradients;
  for (at::Tensor& parameter : net.parameters()) parameter.normal_(0, 0.1);
}

}  // namespace

void write_tiny_generating_model(const std::filesystem::path& folder, int seed) {
  write_tiny_model(folder, seed);
  const std::string config = read_text(folder / "config.yaml") + "layout:\n" + kLayoutStatistics +
                             kLayoutNet + "texture:\n" + kTextureStatistics + kTextureNet +
                             "sampling: {solver: euler, steps: 6, cfg: 1.5, interval: [0, 1000]}\n";
  write_text(folder / "config.yaml", config);
  const Config parsed = Config::from_yaml_text(config, "test");
  const LayoutModel layout = LayoutModel::fresh(read_layout_options(parsed), 1);
  randomise(layout.net().module(), seed + 1);
  save_weights((folder / "layout.safetensors").string(), layout.net().module(), DType::f32);
  const TextureModel texture = TextureModel::fresh(read_texture_options(parsed), 1);
  randomise(texture.net().module(), seed + 2);
  save_weights((folder / "texture.safetensors").string(), texture.net().module(), DType::f32);
}

void write_layout_training(const std::filesystem::path& file) {
  write_text(file, "layout:\n" + kLayoutNet + kTraining);
}

void write_texture_training(const std::filesystem::path& file) {
  write_text(file, "texture:\n" + kTextureNet + kTraining);
}

void write_tokenizer_training(const std::filesystem::path& file) {
  std::string model = read_text(file.parent_path() / "model/config.yaml");
  model.replace(0, std::string("tokenizer:").size(), "model:");
  write_text(file, model.substr(0, model.find("layout:")) + kTraining +
                       "loss: {ssim_weight: 0.05, feature_noise: 0.1}\n"
                       "data: {params: {size: 32}, held_out: 2}\n");
}

}  // namespace gpst
