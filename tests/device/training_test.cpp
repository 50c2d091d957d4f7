// The same steps of training on the CPU and where the kernels are.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/support/kernel_device.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_generators.h"
#include "tests/train/tiny_tokens.h"
#include "train/texture_stage.h"
#include "train/tokenizer_stage.h"
#include "train/trainer.h"

namespace gpst {
namespace {

constexpr double kSameLoss = 2e-3;  // of the loss: sums in another order, over some steps

class DeviceTraining : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_pictures(folder_ / "pictures", 8);
    write_tiny_tokens(folder_ / "tokens");
  }

  static TrainOptions options(at::Device device) {
    TrainOptions train;
    train.lr = 1e-3;
    train.batch_size = 2;
    train.iterations = 2;
    train.save_interval = 1;
    train.eval_interval = 2;
    train.ema.kind = "constant";
    train.ema.beta = 0.5;
    train.device = device;
    return train;
  }

  std::unique_ptr<Stage> tokenizer_stage(const TrainOptions& train) const {
    TokenizerTraining training;
    training.tokenizer = tiny_tokenizer_options();
    training.train = train;
    training.data.held_out = 2;
    training.loss.ssim_weight = 0.05;
    training.loss.feature_noise = 0.1;
    return std::make_unique<TokenizerStage>(training, LossNetworks(),
                                            PictureSource::open({(folder_ / "pictures").string()}),
                                            Log::silent());
  }

  std::unique_ptr<Stage> texture_stage(const TrainOptions& train) const {
    TextureTraining training{.train = train, .data = {.held_out = 4}};
    training.texture.model = tiny_sit_options(kTinyChannels, kTinyTokenCount);
    training.texture.condition_noise = 0.1;
    return std::make_unique<TextureStage>(training, TokenDataset::open(folder_ / "tokens"),
                                          nullptr);
  }

  TrainerResult run(Stage& stage, const TrainOptions& train, const std::string& name,
                    std::optional<int64_t> stop_after = {}) const {
    const RunFolder folder(folder_ / name);
    return gpst::train(stage, train,
                       {.folder = folder,
                        .config_yaml = "x",
                        .stop_after = stop_after,
                        .threads = 1,
                        .show_progress = false},
                       folder.latest(), Log::silent());
  }

  TemporaryFolder folder_;
};

TEST_F(DeviceTraining, TheTokenizersLossIsTheCpus) {
  const TrainOptions on_cpu = options(at::kCPU), on_device = options(kernel_device());
  const double expected = run(*tokenizer_stage(on_cpu), on_cpu, "cpu").loss;
  const double made =
      on_kernels([&] { return run(*tokenizer_stage(on_device), on_device, "device").loss; });
  EXPECT_NEAR(made, expected, kSameLoss * expected);
}

TEST_F(DeviceTraining, TheTexturesLossIsTheCpus) {
  const TrainOptions on_cpu = options(at::kCPU), on_device = options(kernel_device());
  const double expected = run(*texture_stage(on_cpu), on_cpu, "cpu").loss;
  const double made =
      on_kernels([&] { return run(*texture_stage(on_device), on_device, "device").loss; });
  EXPECT_NEAR(made, expected, kSameLoss * expected);
}

TEST_F(DeviceTraining, ACheckpointOfTheDeviceIsGoneOnFrom) {
  const TrainOptions train = options(kernel_device());
  const auto [whole, resumed] = on_kernels([&] {
    const double straight = run(*tokenizer_stage(train), train, "whole").loss;
    run(*tokenizer_stage(train), train, "parts", 1);
    return std::pair(straight, run(*tokenizer_stage(train), train, "parts").loss);
  });
  EXPECT_NEAR(resumed, whole, 1e-4 * whole);
}

TEST_F(DeviceTraining, ACheckpointOfTheDeviceIsGoneOnFromOnTheCpu) {
  const TrainOptions on_cpu = options(at::kCPU), on_device = options(kernel_device());
  const double expected = run(*texture_stage(on_cpu), on_cpu, "cpu").loss;
  on_kernels([&] { return run(*texture_stage(on_device), on_device, "moved", 1); });
  EXPECT_NEAR(run(*texture_stage(on_cpu), on_cpu, "moved").loss, expected, kSameLoss * expected);
}

TEST_F(DeviceTraining, TrainsInBfloat16) {
  TrainOptions train = options(kernel_device());
  train.dtype = "bf16";
  train.iterations = 1;
  train.eval_interval = 2;
  EXPECT_TRUE(
      std::isfinite(on_kernels([&] { return run(*tokenizer_stage(train), train, "bf16").loss; })));
}

}  // namespace
}  // namespace gpst
