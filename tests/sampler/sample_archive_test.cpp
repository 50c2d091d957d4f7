#include "sampler/sample_archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "io/npz.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

// A picture that tells its item.
Picture8 picture_of(const SampleItem& item) {
  Picture8 picture(6, 6);
  for (size_t i = 0; i < picture.rgb.size(); ++i) {
    picture.rgb[i] = static_cast<uint8_t>(20 * item.index + item.label + static_cast<int64_t>(i));
  }
  return picture;
}

class SampleArchiveTest : public ::testing::Test {
 protected:
  ArchiveRun run(const std::string& name = "all.npz") const {
    return {.path = folder_ / name,
            .side = 6,
            .identity = identity_,
            .threads = 2,
            .overwrite = overwrite_,
            .meter = {.enabled = false}};
  }
  // Ends with an error before picture `fails_at`, if that is given.
  SampleCounts write(const std::vector<SampleItem>& items, std::optional<int64_t> fails_at = {}) {
    return write_sample_archive(
        items,
        [&](const std::vector<SampleItem>& missing, const PictureTaker& take) {
          for (const SampleItem& item : missing) {
            if (item.index == fails_at) throw DeviceError("out of memory");
            ++made_;
            take(item, picture_of(item));
          }
        },
        run(), Log::silent());
  }
  std::string path(const std::string& suffix = "") const { return folder_ / ("all.npz" + suffix); }
  void change(const std::string& file, size_t at, const std::string& text) const {
    std::string content = read_file(file);
    content.replace(at, text.size(), text);
    write_file_atomic(file, content);
  }

  TemporaryFolder folder_;
  const std::vector<SampleItem> items_ = plan_samples({1, 4}, 0, 7);
  std::string identity_ = "{\"settings\": 5}";
  bool overwrite_ = false;
  int made_ = 0;
};

TEST_F(SampleArchiveTest, is_the_npz_of_the_folder_byte_for_byte) {
  EXPECT_EQ(write(items_).made, 7);
  const SampleRun pngs{
      .folder = folder_ / "out", .text = {}, .meter = {.enabled = false}, .identity = identity_};
  write_samples(items_, one_by_one(picture_of, 2), pngs, Log::silent());
  write_sample_npz(folder_ / "from.npz", items_, pngs);
  EXPECT_EQ(read_file(path()), read_file(folder_ / "from.npz"));
  EXPECT_FALSE(path_exists(path(".journal")));
  EXPECT_FALSE(path_exists(path(".partial")));
  const NpzReader npz = NpzReader::open(path());
  EXPECT_EQ(npz.comment(), identity_);
  EXPECT_EQ(npz.header("arr_0").shape, (std::vector<int64_t>{7, 6, 6, 3}));
  EXPECT_EQ(to_float64(npz.read("arr_1")), (std::vector<double>{1, 4, 1, 4, 1, 4, 1}));
}

TEST_F(SampleArchiveTest, the_order_of_the_pictures_does_not_matter) {
  write(items_);
  const std::string whole = read_file(path());
  const PictureMaker backwards = [](std::vector<SampleItem> missing, const PictureTaker& take) {
    std::ranges::reverse(missing);
    for (const SampleItem& item : missing) take(item, picture_of(item));
  };
  write_sample_archive(items_, backwards, run("other.npz"), Log::silent());
  EXPECT_EQ(read_file(folder_ / "other.npz"), whole);
}

TEST_F(SampleArchiveTest, goes_on_where_it_was_broken_off) {
  write(items_);
  const std::string whole = read_file(path());
  remove_tree(path());
  EXPECT_THROW(write(items_, 3), DeviceError);
  EXPECT_FALSE(path_exists(path()));
  made_ = 0;
  const SampleCounts counts = write(items_);
  EXPECT_EQ(counts.kept, 3);
  EXPECT_EQ(made_, 4);
  EXPECT_EQ(read_file(path()), whole);
}

TEST_F(SampleArchiveTest, pictures_that_are_damaged_are_made_again) {
  write(items_);
  const std::string whole = read_file(path());
  remove_tree(path());
  EXPECT_THROW(write(items_, 4), DeviceError);
  // A byte of picture 1 that did not reach the disk, and a journal whose last line is cut.
  const size_t data = whole.find("NUMPY") - 1 + 128;
  change(path(".partial"), data + 6 * 6 * 3 + 5, std::string(1, '\0'));
  std::string journal = read_file(path(".journal"));
  journal.resize(journal.size() - 4);
  write_file_atomic(path(".journal"), journal);
  EXPECT_EQ(write(items_).kept, 2);
  EXPECT_EQ(read_file(path()), whole);
}

TEST_F(SampleArchiveTest, a_file_that_was_cut_keeps_what_it_has) {
  write(items_);
  const std::string whole = read_file(path());
  remove_tree(path());
  EXPECT_THROW(write(items_, 4), DeviceError);
  std::string partial = read_file(path(".partial"));
  partial.resize(partial.size() - 6 * 6 * 3 - 1);
  write_file_atomic(path(".partial"), partial);
  EXPECT_EQ(write(items_).kept, 2);
  EXPECT_EQ(read_file(path()), whole);
}

TEST_F(SampleArchiveTest, a_partial_file_without_a_journal_is_begun_anew) {
  write(items_);
  const std::string whole = read_file(path());
  remove_tree(path());
  write_file_atomic(path(".partial"), std::string(10000, 'x'));
  EXPECT_EQ(write(items_).kept, 0);
  EXPECT_EQ(read_file(path()), whole);
}

TEST_F(SampleArchiveTest, a_finished_file_is_kept_one_of_other_settings_refused) {
  write(items_);
  const std::string whole = read_file(path());
  EXPECT_EQ(write(items_).kept, 7);
  identity_ = "{\"settings\": 6}";
  EXPECT_THROW(write(items_), IoError);
  EXPECT_EQ(read_file(path()), whole);
  overwrite_ = true;
  EXPECT_EQ(write(items_).made, 7);
  EXPECT_NE(read_file(path()), whole);
}

TEST_F(SampleArchiveTest, a_journal_of_other_settings_is_refused) {
  EXPECT_THROW(write(items_, 4), DeviceError);
  const std::string identity = identity_;
  identity_ = "{\"settings\": 6}";
  EXPECT_THROW(write(items_), IoError);
  identity_ = identity;
  EXPECT_EQ(write(items_).kept, 4);
}

TEST_F(SampleArchiveTest, what_is_no_npz_is_refused) {
  write_file_atomic(path(), "a letter");
  EXPECT_THROW(write(items_), IoError);
  EXPECT_EQ(read_file(path()), "a letter");
}

}  // namespace
}  // namespace gpst
