#include "train/training_pictures.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_tokenizer.h"

namespace gpst {
namespace {

constexpr int64_t kPictures = 12;

class TrainingPicturesTest : public testing::Test {
 protected:
  void SetUp() override { write_tiny_pictures(folder_.path(), kPictures); }
  std::unique_ptr<TrainingPictures> pictures(int64_t cache_bytes) const {
    return std::make_unique<TrainingPictures>(PictureSource::open({folder_.path().string()}),
                                              tiny_tokenizer_options(), ResizeMode::bilinear,
                                              cache_bytes, Log::silent());
  }
  TemporaryFolder folder_;
};

std::vector<PictureRequest> all_of_them() {
  std::vector<PictureRequest> requests;
  for (int64_t i = 0; i < kPictures; ++i) {
    requests.push_back({.index = i});
    requests.push_back({.index = i, .flip = true});
  }
  return requests;
}

void expect_equal(const PictureBatch& a, const PictureBatch& b) {
  EXPECT_TRUE(at::equal(a.pictures, b.pictures));
  EXPECT_TRUE(at::equal(a.initial, b.initial));
  EXPECT_TRUE(at::equal(a.regions, b.regions));
}

TEST_F(TrainingPicturesTest, what_is_kept_and_what_is_made_anew_are_the_same) {
  const PictureBatch none = pictures(0)->batch(all_of_them());
  for (const int64_t bytes : {0, 5000, 1 << 24}) {
    const auto cached = pictures(bytes);
    expect_equal(cached->batch(all_of_them()), none);
    expect_equal(cached->batch(all_of_them(), 3), none);
  }
}

TEST_F(TrainingPicturesTest, what_is_kept_is_not_read_again) {
  const auto kept = pictures(1 << 24);
  const PictureBatch before = kept->batch(all_of_them());
  for (int64_t i = 0; i < kPictures; ++i) {
    write_file_atomic(kept->source().location(i), "not a picture");
  }
  expect_equal(kept->batch(all_of_them()), before);
}

TEST_F(TrainingPicturesTest, without_memory_a_checked_picture_is_not_read_twice) {
  const auto forgetful = pictures(0);
  const std::vector<int64_t> pool = {0};
  ASSERT_EQ(forgetful->readable(pool, 0), 0);
  write_file_atomic(forgetful->source().location(0), "not a picture");
  EXPECT_NO_THROW(forgetful->batch({{.index = 0}}));
}

TEST_F(TrainingPicturesTest, a_bad_picture_is_counted_once_and_passed_over) {
  const auto some = pictures(1 << 20);
  write_file_atomic(some->source().location(3), "not a picture");
  const std::vector<int64_t> pool = {2, 3, 4};
  for (int round = 0; round < 2; ++round) EXPECT_EQ(some->readable(pool, 1), 4);
  EXPECT_EQ(some->rejected(), 1);
  EXPECT_THROW(some->readable({3}, 0), InputError);
}

}  // namespace
}  // namespace gpst
