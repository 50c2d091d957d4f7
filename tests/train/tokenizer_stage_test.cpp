#include "train/tokenizer_stage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "image/png.h"
#include "tests/train/temporary_folder.h"
#include "train/trainer.h"

namespace gpst {
namespace {

// Twelve small pictures of two classes: colours and stripes.
void write_pictures(const std::filesystem::path& folder) {
  for (int i = 0; i < 12; ++i) {
    Picture8 picture(40, 32);
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 40; ++x) {
        uint8_t* pixel = &picture.rgb[static_cast<size_t>(y * 40 + x) * 3];
        pixel[0] = static_cast<uint8_t>(20 * i);
        pixel[1] = static_cast<uint8_t>(x < 20 + i ? 200 : 30);
        pixel[2] = static_cast<uint8_t>((y / 4 + i) % 2 * 180);
      }
    }
    const auto label = folder / (i % 2 == 0 ? "even" : "odd");
    std::filesystem::create_directories(label);
    write_png(label / (std::to_string(i) + ".png"), picture);
  }
}

TokenizerTraining small_training() {
  TokenizerTraining training;
  training.tokenizer.decoder.resolution = 32;
  training.tokenizer.decoder.z_channels = 4;
  training.tokenizer.decoder.ch = 8;
  training.tokenizer.decoder.ch_mult = {1, 1};
  training.tokenizer.decoder.num_res_blocks = 1;
  training.tokenizer.decoder.mid_attention = false;
  training.tokenizer.gps.rois = 4;
  training.tokenizer.gps.gpsenc_n = 1;
  training.tokenizer.gps.gpsenc_c = 16;
  training.tokenizer.gps.gpsenc_heads = 2;
  training.tokenizer.gps.gps_c = 4;
  training.tokenizer.gps.gps_num = 8;
  training.tokenizer.gps.gps_rs = {16, 16};
  training.tokenizer.gps.gps_minhw = 4;
  training.tokenizer.gps.stem_channels = 8;
  training.tokenizer.gps.norm_groups = 4;
  training.train.lr = 3e-3;
  training.train.batch_size = 4;
  training.train.iterations = 60;
  training.train.eval_interval = 60;
  training.train.log_interval = 20;
  training.train.ema.kind = "constant";
  training.train.ema.beta = 0.8;
  training.data.held_out = 2;
  training.loss.ssim_weight = 0.05;
  training.loss.feature_noise = 0.1;
  return training;
}

class TokenizerStageTest : public testing::Test {
 protected:
  void SetUp() override { write_pictures(folder_ / "pictures"); }
  PictureSource pictures() { return PictureSource::open({(folder_ / "pictures").string()}); }
  TemporaryFolder folder_;
};

TEST_F(TokenizerStageTest, learns_to_reconstruct) {
  const TokenizerTraining training = small_training();
  TokenizerStage stage(training, pictures());
  const double before = stage.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>();
  train(stage, training.train,
        {.folder = folder_ / "run", .config_yaml = "x", .threads = 2, .show_progress = false}, {},
        Log::silent());
  const double after = stage.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>();
  EXPECT_LT(after, 0.5 * before);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/samples/step_00000060.png"));
}

TEST_F(TokenizerStageTest, a_step_depends_on_its_number_only) {
  const TokenizerTraining training = small_training();
  TokenizerStage a(training, pictures()), b(training, pictures());
  b.loss({.step = 9, .first = 32, .count = 4}, 0);
  EXPECT_EQ(a.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>(),
            b.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>());
}

TEST_F(TokenizerStageTest, trains_in_bfloat16) {
  TokenizerTraining training = small_training();
  training.train.dtype = "bf16";
  training.train.iterations = 2;
  TokenizerStage stage(training, pictures());
  const TrainerResult result = train(
      stage, training.train,
      {.folder = folder_ / "run", .config_yaml = "x", .show_progress = false}, {}, Log::silent());
  EXPECT_TRUE(std::isfinite(result.loss));
}

TEST_F(TokenizerStageTest, held_out_pictures_are_spread_over_the_classes) {
  const PictureSource source = pictures();
  const HeldOutSplit split = split_held_out(source, 4);
  ASSERT_EQ(split.held_out.size(), 4u);
  EXPECT_EQ(split.train.size(), 8u);
  int even = 0;
  for (const int64_t i : split.held_out) even += source.item(i).label_part == "even";
  EXPECT_EQ(even, 2);
  EXPECT_THROW(split_held_out(source, 12), InputError);
}

}  // namespace
}  // namespace gpst
