#include "eval/chunks.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "io/npy_header.h"
#include "tests/io/zip_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// `count` pictures of one pixel: first, first + 1, ...
class Chunks : public ::testing::Test {
 protected:
  PictureSet set(int first, int count) const {
    std::string content = format_npy_header(DType::u8, {count, 1, 1, 3});
    for (int i = 0; i < count; ++i) content += std::string(3, static_cast<char>(first + i));
    const std::string name = std::to_string(first) + "-" + std::to_string(count) + ".npz";
    return PictureSet::open(
        {folder_.write(name, build_zip({{.name = "arr_0.npy", .content = content}}))});
  }

  TemporaryFolder folder_;
};

int value_of(const LoadedPicture& loaded) { return loaded.picture.value().rgb.front(); }

TEST_F(Chunks, ResultsComeInOrderWhateverTheThreads) {
  const PictureSet pictures = set(1, 21);
  for (const int threads : {1, 2, 5}) {
    std::vector<int> values;
    std::vector<int64_t> firsts;
    const auto taker = std::this_thread::get_id();
    for_each_chunk<std::vector<int>>(
        pictures, {.threads = threads, .pictures = 4},
        [&](std::span<const LoadedPicture> loaded) {
          EXPECT_NE(std::this_thread::get_id(), taker);
          EXPECT_EQ(at::get_num_threads(), 1);
          // Earlier chunks take longer.
          std::this_thread::sleep_for(std::chrono::milliseconds(6 - loaded.front().index / 4));
          std::vector<int> found;
          for (const LoadedPicture& each : loaded) {
            EXPECT_EQ(value_of(each), each.index + 1);
            found.push_back(value_of(each));
          }
          return found;
        },
        [&](int64_t first, const std::vector<int>& found) {
          EXPECT_EQ(std::this_thread::get_id(), taker);
          firsts.push_back(first);
          values.insert(values.end(), found.begin(), found.end());
        });
    EXPECT_THAT(firsts, ElementsAre(0, 4, 8, 12, 16, 20));
    ASSERT_EQ(values.size(), 21U);
    for (int i = 0; i < 21; ++i) EXPECT_EQ(values[static_cast<size_t>(i)], i + 1);
  }
}

TEST_F(Chunks, FewAreUnderWay) {
  std::atomic<int> made = 0;
  int taken = 0;
  for_each_chunk<int>(
      set(0, 40), {.threads = 2, .pictures = 1},
      [&](std::span<const LoadedPicture>) { return ++made; },
      [&](int64_t, int) {
        ++taken;
        EXPECT_LE(made, taken + 3);  // two a thread, with the one that is taken
      });
  EXPECT_EQ(taken, 40);
}

TEST_F(Chunks, ErrorsOfEitherEndIt) {
  const PictureSet pictures = set(0, 30);
  const auto run = [&](int bad_make, int bad_take) {
    for_each_chunk<int>(
        pictures, {.threads = 2, .pictures = 2},
        [&](std::span<const LoadedPicture> loaded) {
          if (loaded.front().index == bad_make) throw InputError("make");
          return 0;
        },
        [&](int64_t first, int) {
          if (first == bad_take) throw InputError("take");
        });
  };
  EXPECT_EQ(message_of<InputError>([&] { run(10, -1); }), "make");
  EXPECT_EQ(message_of<InputError>([&] { run(-1, 10); }), "take");
  EXPECT_EQ(message_of<InputError>([&] { run(20, 10); }), "take");
  run(-1, -1);
}

TEST_F(Chunks, PictureThatCannotBeReadComesWithItsReason) {
  folder_.write("in/a.png", "no picture");
  const PictureSet pictures = PictureSet::open({folder_ / "in"});
  int taken = 0;
  for_each_chunk<std::string>(
      pictures, {.threads = 1},
      [](std::span<const LoadedPicture> loaded) {
        EXPECT_FALSE(loaded.front().picture.has_value());
        EXPECT_EQ(loaded.front().name, "a");
        return loaded.front().reason;
      },
      [&](int64_t, const std::string& reason) {
        EXPECT_THAT(reason, HasSubstr("a.png"));
        ++taken;
      });
  EXPECT_EQ(taken, 1);
}

TEST_F(Chunks, PairsGoInLockstep) {
  std::vector<int> sums;
  for_each_pair_chunk<std::vector<int>>(
      set(1, 9), set(100, 9), {.threads = 2, .pictures = 4},
      [](std::span<const LoadedPair> pairs) {
        std::vector<int> found;
        for (const LoadedPair& pair : pairs) found.push_back(value_of(pair.b) - value_of(pair.a));
        return found;
      },
      [&](int64_t first, const std::vector<int>& found) {
        EXPECT_EQ(first, std::ssize(sums));
        sums.insert(sums.end(), found.begin(), found.end());
      });
  EXPECT_EQ(sums, std::vector<int>(9, 99));
  EXPECT_THROW(for_each_pair_chunk<int>(
                   set(0, 2), set(0, 3), {}, [](std::span<const LoadedPair>) { return 0; },
                   [](int64_t, int) {}),
               std::logic_error);
}

}  // namespace
}  // namespace gpst
