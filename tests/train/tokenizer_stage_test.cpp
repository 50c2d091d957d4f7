#include "train/tokenizer_stage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_tokenizer.h"
#include "train/trainer.h"

namespace gpst {
namespace {

TokenizerTraining small_training() {
  TokenizerTraining training;
  training.tokenizer = tiny_tokenizer_options();
  training.train.lr = 3e-3;
  training.train.batch_size = 4;
  training.train.iterations = 30;
  training.train.eval_interval = 30;
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
  void SetUp() override { write_tiny_pictures(folder_ / "pictures", 12); }
  PictureSource pictures() { return PictureSource::open({(folder_ / "pictures").string()}); }
  TrainerResult train_stage(TokenizerStage& stage, const TrainOptions& options, int threads) {
    const RunFolder run(folder_ / "run");
    return train(stage, options,
                 {.folder = run, .config_yaml = "x", .threads = threads, .show_progress = false},
                 {}, Log::silent());
  }
  TemporaryFolder folder_;
};

TEST_F(TokenizerStageTest, learns_to_reconstruct) {
  const TokenizerTraining training = small_training();
  TokenizerStage stage(training, {}, pictures(), Log::silent());
  const double before = stage.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>();
  train_stage(stage, training.train, 2);
  const double after = stage.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>();
  EXPECT_LT(after, 0.7 * before);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/samples/step_00000030.png"));
}

TEST_F(TokenizerStageTest, a_step_depends_on_its_number_only) {
  const TokenizerTraining training = small_training();
  TokenizerStage a(training, {}, pictures(), Log::silent()),
      b(training, {}, pictures(), Log::silent());
  b.loss({.step = 9, .first = 32, .count = 4}, 0);
  EXPECT_EQ(a.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>(),
            b.loss({.step = 1, .first = 0, .count = 4}, 0).loss.item<double>());
}

TEST_F(TokenizerStageTest, recomputed_blocks_change_no_bit) {
  TokenizerTraining training = small_training();
  training.train.iterations = 2;
  TokenizerStage plain(training, {}, pictures(), Log::silent());
  train_stage(plain, training.train, 2);
  std::filesystem::remove_all(folder_ / "run");
  training.train.activation_checkpointing = true;
  TokenizerStage recomputed(training, {}, pictures(), Log::silent());
  train_stage(recomputed, training.train, 2);
  const NamedTensors a = named_state(plain.model()), b = named_state(recomputed.model());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

TEST_F(TokenizerStageTest, trains_in_bfloat16) {
  TokenizerTraining training = small_training();
  training.train.dtype = "bf16";
  training.train.iterations = 2;
  TokenizerStage stage(training, {}, pictures(), Log::silent());
  EXPECT_TRUE(std::isfinite(train_stage(stage, training.train, 1).loss));
}

TEST_F(TokenizerStageTest, a_bad_picture_costs_itself_only) {
  write_file_atomic((folder_ / "pictures/even/0.png").string(), "not a picture");
  TokenizerTraining training = small_training();
  training.data.held_out = 0;
  TokenizerStage stage(training, {}, pictures(), Log::silent());
  for (int64_t step = 1; step <= 3; ++step) {
    stage.loss({.step = step, .first = (step - 1) * 4, .count = 4}, 0);
  }
  EXPECT_EQ(stage.rejected_inputs(), 1);
}

TEST_F(TokenizerStageTest, nothing_but_bad_pictures_is_an_error) {
  const PictureSource source = pictures();
  for (int64_t i = 0; i < source.size(); ++i) write_file_atomic(source.location(i), "x");
  TokenizerStage stage(small_training(), {}, pictures(), Log::silent());
  EXPECT_THROW(stage.loss({.step = 1, .first = 0, .count = 4}, 0), InputError);
}

TEST_F(TokenizerStageTest, without_held_out_pictures_there_are_no_numbers_of_them) {
  TokenizerTraining training = small_training();
  training.data.held_out = 0;
  TokenizerStage stage(training, {}, pictures(), Log::silent());
  EXPECT_TRUE(stage.evaluate(Ema(stage.model(), training.train.ema), 1).empty());
}

}  // namespace
}  // namespace gpst
