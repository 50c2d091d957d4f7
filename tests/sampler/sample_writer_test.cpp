#include "sampler/sample_writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "image/codec.h"
#include "io/npz.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

// A picture that tells its item.
Picture8 picture_of(const SampleItem& item) {
  Picture8 picture(4, 3);
  for (size_t i = 0; i < picture.rgb.size(); ++i) {
    picture.rgb[i] = static_cast<uint8_t>(20 * item.index + item.label + static_cast<int64_t>(i));
  }
  return picture;
}

class SampleWriterTest : public ::testing::Test {
 protected:
  SampleRun run() const {
    return {.folder = folder_ / "out",
            .text = {{"gpst:settings", settings_}},
            .overwrite = overwrite_,
            .meter = {.enabled = false},
            .identity = "how it was made"};
  }
  SampleCounts write(const std::vector<SampleItem>& items) {
    return write_samples(items,
                         one_by_one(
                             [&](const SampleItem& item) {
                               ++made_;
                               return picture_of(item);
                             },
                             threads_),
                         run(), Log::silent());
  }
  Picture8 read(const std::string& name) const {
    const std::string path = (folder_ / ("out/" + name)).string();
    return decode(MappedFile(path).bytes(), {}, path);
  }
  std::string bytes(const std::string& name) const {
    return read_file((folder_ / ("out/" + name)).string());
  }

  TemporaryFolder folder_;
  const std::vector<SampleItem> items_ = plan_samples({1, 4}, 0, 5);
  std::string settings_ = "steps: 5";
  int threads_ = 2;
  bool overwrite_ = false;
  std::atomic<int> made_ = 0;
};

TEST_F(SampleWriterTest, pictures_stand_under_their_index) {
  const SampleCounts counts = write(items_);
  EXPECT_EQ(counts.made, 5);
  EXPECT_EQ(counts.kept, 0);
  EXPECT_EQ(read("000003.png").rgb, picture_of(items_[3]).rgb);
  const std::string path = (folder_ / "out/000003.png").string();
  const auto text = read_png_text(MappedFile(path).bytes(), path);
  EXPECT_EQ(text, (std::vector<PngText>{
                      {"gpst:settings", "steps: 5"}, {"gpst:label", "4"}, {"gpst:index", "3"}}));
}

TEST_F(SampleWriterTest, pictures_that_are_there_are_kept) {
  write({items_[1], items_[3]});
  made_ = 0;
  const SampleCounts counts = write(items_);
  EXPECT_EQ(counts.made, 3);
  EXPECT_EQ(counts.kept, 2);
  EXPECT_EQ(made_, 3);
}

TEST_F(SampleWriterTest, pictures_of_other_settings_are_refused_or_replaced) {
  write(items_);
  const std::string before = bytes("000000.png");
  settings_ = "steps: 6";
  EXPECT_THROW(write(items_), IoError);
  EXPECT_EQ(bytes("000000.png"), before);
  overwrite_ = true;
  EXPECT_EQ(write(items_).made, 5);
  EXPECT_NE(bytes("000000.png"), before);
}

TEST_F(SampleWriterTest, another_label_under_the_index_is_refused) {
  write(plan_samples({1}, 0, 2));
  EXPECT_THROW(write(plan_samples({1, 2}, 0, 2)), IoError);
}

TEST_F(SampleWriterTest, a_foreign_file_is_refused) {
  create_directories((folder_ / "out").string());
  write_file_atomic((folder_ / "out/000002.png").string(), "not a picture");
  EXPECT_THROW(write(items_), IoError);
  EXPECT_EQ(made_, 0);
}

TEST_F(SampleWriterTest, an_interrupt_leaves_whole_pictures_only) {
  install_interrupt_handlers();
  const auto make = [&](const SampleItem& item) {
    if (item.index == 2) std::raise(SIGINT);
    return picture_of(item);
  };
  EXPECT_THROW(write_samples(items_, one_by_one(make, 1), run(), Log::silent()), Interrupted);
  clear_interrupt();
  EXPECT_TRUE(path_exists((folder_ / "out/000002.png").string()));
  EXPECT_FALSE(path_exists((folder_ / "out/000003.png").string()));
  EXPECT_EQ(write(items_).kept, 3);
}

TEST_F(SampleWriterTest, labels_are_a_line_each) {
  EXPECT_EQ(labels_text(items_), "1\n4\n1\n4\n1\n");
}

TEST_F(SampleWriterTest, the_grid_is_row_by_row) {
  write(items_);
  write_grid(folder_ / "out/grid.png", items_, run(), 3);
  const Picture8 grid = read("grid.png");
  EXPECT_EQ(grid.width, 3 * 4 + 2 * 2);
  EXPECT_EQ(grid.height, 2 * 3 + 2);
  const auto pixel = [](const Picture8& picture, int x, int y) {
    return std::vector<uint8_t>(picture.at(x, y), picture.at(x, y) + 3);
  };
  EXPECT_EQ(pixel(grid, 6 + 1, 2), pixel(picture_of(items_[1]), 1, 2));
  EXPECT_EQ(pixel(grid, 6 + 3, 5 + 1), pixel(picture_of(items_[4]), 3, 1));
  EXPECT_EQ(pixel(grid, 13, 6), (std::vector<uint8_t>{0, 0, 0}));  // the empty place
  write_grid(folder_ / "out/square.png", items_, run(), 0);
  EXPECT_EQ(read("square.png").width, grid.width);
}

TEST_F(SampleWriterTest, the_npz_has_pictures_and_labels) {
  write(items_);
  write_sample_npz(folder_ / "all.npz", items_, run());
  const NpzReader npz = NpzReader::open((folder_ / "all.npz").string());
  EXPECT_EQ(npz.comment(), "how it was made");
  EXPECT_EQ(npz.names(), (std::vector<std::string>{"arr_0", "arr_1"}));
  const NpyArray pictures = npz.read("arr_0");
  EXPECT_EQ(pictures.header.shape, (std::vector<int64_t>{5, 3, 4, 3}));
  const Picture8 last = picture_of(items_[4]);
  const auto* bytes = reinterpret_cast<const uint8_t*>(pictures.bytes.data());
  EXPECT_EQ(std::vector<uint8_t>(bytes + 4 * last.rgb.size(), bytes + 5 * last.rgb.size()),
            last.rgb);
  EXPECT_EQ(to_float64(npz.read("arr_1")), (std::vector<double>{1, 4, 1, 4, 1}));
}

}  // namespace
}  // namespace gpst
