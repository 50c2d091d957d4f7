#include "train/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

CheckpointContent content(float value) {
  const NamedTensors tensors = {{"w", at::full({2}, value)}};
  return {tensors, tensors, tensors, "{\"step\": 1}"};
}

float weight_of(const Checkpoint& checkpoint) {
  return to_tensor(SafetensorsFile::open(checkpoint.model()).get("w"))[0].item<float>();
}

TEST(Checkpoint, the_latest_is_found_and_old_ones_go) {
  TemporaryFolder run;
  for (int step : {10, 20, 30}) write_checkpoint(run.path(), step, content(step), 2);
  const auto latest = find_latest_checkpoint(run.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->step, 30);
  EXPECT_EQ(weight_of(*latest), 30);
  EXPECT_FALSE(std::filesystem::exists(run / "checkpoints/step_00000010"));
  EXPECT_TRUE(std::filesystem::exists(run / "checkpoints/step_00000020"));
}

TEST(Checkpoint, the_best_stays_beside_the_latest) {
  TemporaryFolder run;
  EXPECT_FALSE(best_checkpoint_step(run.path()).has_value());
  for (int step : {10, 20, 30, 40, 50}) {
    write_checkpoint(run.path(), step, content(step), 2);
    if (step == 20) mark_best_checkpoint(run.path(), step);
  }
  EXPECT_EQ(best_checkpoint_step(run.path()), 20);
  EXPECT_EQ(weight_of(open_checkpoint(run / "checkpoints/best")), 20);
  EXPECT_EQ(open_checkpoint(run / "checkpoints/latest").step, 50);
  EXPECT_EQ(open_checkpoint(run.path()).step, 50);
  EXPECT_FALSE(std::filesystem::exists(run / "checkpoints/step_00000030"));
  EXPECT_TRUE(std::filesystem::exists(run / "checkpoints/step_00000040"));
  // Another one is the best: the old one has had its time.
  mark_best_checkpoint(run.path(), 50);
  write_checkpoint(run.path(), 60, content(60), 2);
  EXPECT_FALSE(std::filesystem::exists(run / "checkpoints/step_00000020"));
}

TEST(Checkpoint, a_lost_latest_file_is_no_loss) {
  TemporaryFolder run;
  write_checkpoint(run.path(), 5, content(5), 3);
  write_checkpoint(run.path(), 7, content(7), 3);
  std::filesystem::remove(run / "checkpoints/latest");
  EXPECT_EQ(find_latest_checkpoint(run.path())->step, 7);
  std::ofstream(run / "checkpoints/latest") << "step_00000099\n";
  EXPECT_EQ(find_latest_checkpoint(run.path())->step, 7);
}

TEST(Checkpoint, a_run_without_checkpoints_has_none) {
  TemporaryFolder run;
  EXPECT_FALSE(find_latest_checkpoint(run.path()).has_value());
  EXPECT_THROW(open_checkpoint(run.path()), InputError);
  EXPECT_THROW(open_checkpoint(run / "absent"), IoError);
}

TEST(Checkpoint, an_incomplete_one_is_refused_by_name) {
  TemporaryFolder run;
  write_checkpoint(run.path(), 5, content(5), 3);
  const auto folder = run / "checkpoints/step_00000005";
  std::filesystem::remove(folder / "ema.safetensors");
  try {
    open_checkpoint(folder);
    FAIL() << "accepted a checkpoint without ema.safetensors";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("ema.safetensors"), std::string::npos);
  }
}

TEST(Checkpoint, what_a_killed_writer_left_goes) {
  TemporaryFolder run;
  std::filesystem::create_directories(run / "checkpoints/.step_00000004.partial");
  write_checkpoint(run.path(), 5, content(5), 3);
  EXPECT_FALSE(std::filesystem::exists(run / "checkpoints/.step_00000004.partial"));
  EXPECT_EQ(find_latest_checkpoint(run.path())->step, 5);
}

TEST(Checkpoint, writing_a_step_again_replaces_it) {
  TemporaryFolder run;
  write_checkpoint(run.path(), 5, content(1), 3);
  write_checkpoint(run.path(), 5, content(2), 3);
  EXPECT_EQ(weight_of(*find_latest_checkpoint(run.path())), 2);
}

}  // namespace
}  // namespace gpst
