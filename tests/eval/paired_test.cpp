#include "eval/paired.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "eval/picture_set.h"
#include "image/png.h"
#include "tests/eval/rule_lpips.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Picture8 some_picture(int number, int width = 40, int height = 36) {
  Picture8 picture(width, height);
  unsigned value = static_cast<unsigned>(number) * 77 + 1;
  for (uint8_t& each : picture.rgb) each = static_cast<uint8_t>((value = value * 5 + 3) >> 2);
  return picture;
}

PairedOptions all_metrics() { return {.lpips = rule_lpips_net(LpipsNet::alexnet, "test/lpips/")}; }

TEST(ComparePair, gives_what_was_asked_for) {
  const Picture8 a = some_picture(1), b = some_picture(2);
  const PairScore all = compare_pair(a, b, all_metrics());
  EXPECT_EQ(all.psnr, psnr(a, b));
  EXPECT_EQ(all.ssim, ssim(a, b, SsimKind::wang));
  EXPECT_GT(all.lpips.value(), 0);
  EXPECT_FALSE(all.identical);

  const PairScore one = compare_pair(a, b, {.psnr = false, .ssim = SsimKind::skimage});
  EXPECT_FALSE(one.psnr.has_value());
  EXPECT_EQ(one.ssim, ssim(a, b, SsimKind::skimage));
  EXPECT_FALSE(one.lpips.has_value());
  EXPECT_FALSE(compare_pair(a, b, {.ssim = {}}).ssim.has_value());
}

TEST(ComparePair, identical_pictures) {
  const Picture8 a = some_picture(1);
  const PairScore score = compare_pair(a, a, all_metrics());
  EXPECT_TRUE(score.identical);
  EXPECT_FALSE(score.psnr.has_value());
  EXPECT_NEAR(score.ssim.value(), 1, 1e-12);
  EXPECT_EQ(score.lpips, 0);
}

TEST(ComparePair, sizes_that_cannot_be_compared) {
  EXPECT_THAT(message_of<InputError>(
                  [] { compare_pair(some_picture(1, 40, 36), some_picture(1, 36, 40), {}); }),
              AllOf(HasSubstr("40x36"), HasSubstr("36x40")));
  const Picture8 small = some_picture(1, 30, 50);
  EXPECT_NO_THROW(compare_pair(small, small, {}));
  EXPECT_THAT(message_of<InputError>([&] { compare_pair(small, small, all_metrics()); }),
              AllOf(HasSubstr("alexnet"), HasSubstr("31x31"), HasSubstr("30x50")));
}

TEST(MeansOf, identical_pairs_have_no_psnr) {
  const std::vector<PairScore> pairs = {
      {.index = 0, .psnr = 20.0, .ssim = 0.5, .lpips = 0.25},
      {.index = 1, .identical = true, .psnr = {}, .ssim = 1.0, .lpips = 0.0},
      {.index = 2, .psnr = 30.0, .ssim = 0.75, .lpips = 0.5}};
  const PairedMeans means = means_of(pairs);
  EXPECT_EQ(means.psnr, 25.0);
  EXPECT_EQ(means.ssim, 0.75);
  EXPECT_EQ(means.lpips, 0.25);
  EXPECT_FALSE(means_of({pairs[1]}).psnr.has_value());
  EXPECT_FALSE(means_of({}).ssim.has_value());
}

class CompareSets : public ::testing::Test {
 protected:
  void add(const char* set, int number, const Picture8& picture) const {
    const std::string path = folder_.write(std::string(set) + "/" + name(number), "");
    write_png(path, picture);
  }
  static std::string name(int number) { return "picture" + std::to_string(number) + ".png"; }
  PictureSet set(const char* name) const { return PictureSet::open({(folder_ / name).string()}); }
  PairedResult compare(const PairedOptions& options) const {
    return compare_sets(set("a"), set("b"), options, Log::silent());
  }

  TemporaryFolder folder_;
};

// More than a chunk: a broken picture, two sizes, an identical pair among them.
TEST_F(CompareSets, do_not_depend_on_threads_and_leave_bad_pairs_out) {
  for (int i = 0; i < 10; ++i) {
    add("a", i, some_picture(i));
    add("b", i, some_picture(i == 2 ? i : i + 100));
  }
  folder_.write("b/" + name(1), "no picture");
  add("b", 5, some_picture(5, 36, 40));

  std::vector<std::pair<int64_t, std::string>> rejected;
  PairedOptions options = all_metrics();
  options.on_reject = [&](int64_t index, const std::string& reason) {
    rejected.emplace_back(index, reason);
  };
  const PairedResult one = compare(options);
  ASSERT_EQ(rejected.size(), 2U);
  EXPECT_EQ(rejected[0].first, 1);
  EXPECT_THAT(rejected[0].second, HasSubstr("b/" + name(1)));
  EXPECT_EQ(rejected[1].first, 5);
  EXPECT_THAT(rejected[1].second, AllOf(HasSubstr("a/" + name(5)), HasSubstr("b/" + name(5)),
                                        HasSubstr("40x36"), HasSubstr("36x40")));
  EXPECT_EQ(one.identical, 1);
  ASSERT_EQ(one.pairs.size(), 8U);
  const std::vector<int64_t> indices = {0, 2, 3, 4, 6, 7, 8, 9};
  for (size_t i = 0; i < indices.size(); ++i) {
    EXPECT_EQ(one.pairs[i].index, indices[i]);
    EXPECT_EQ(one.pairs[i].name + ".png", name(static_cast<int>(indices[i])));
  }
  const PairScore alone = compare_pair(some_picture(9), some_picture(109), options);
  EXPECT_EQ(one.pairs.back().lpips, alone.lpips);
  EXPECT_EQ(one.means.psnr, means_of(one.pairs).psnr);

  options.threads = 2;
  const PairedResult two = compare(options);
  ASSERT_EQ(two.pairs.size(), one.pairs.size());
  for (size_t i = 0; i < one.pairs.size(); ++i) {
    EXPECT_EQ(two.pairs[i].psnr, one.pairs[i].psnr);
    EXPECT_EQ(two.pairs[i].ssim, one.pairs[i].ssim);
    EXPECT_EQ(two.pairs[i].lpips, one.pairs[i].lpips);
  }
  EXPECT_EQ(two.means.lpips, one.means.lpips);
}

TEST_F(CompareSets, sets_of_two_lengths) {
  add("a", 0, some_picture(0));
  add("a", 1, some_picture(1));
  add("b", 0, some_picture(0));
  EXPECT_THAT(message_of<InputError>([&] { compare({}); }), HasSubstr("2 and 1"));
}

}  // namespace
}  // namespace gpst
