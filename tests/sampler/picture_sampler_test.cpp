#include "sampler/picture_sampler.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "sampler/sample_writer.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_sampler.h"

namespace gpst {
namespace {

class PictureSamplerTest : public ::testing::Test {
 protected:
  void write(const PictureSampler& sampler, const std::vector<SampleItem>& items,
             const std::string& output, int threads) const {
    write_samples(
        items, one_by_one([&](const SampleItem& item) { return sampler.picture(item); }, threads),
        {.folder = folder_ / output, .text = {}, .meter = {.enabled = false}, .identity = {}},
        Log::silent());
  }
  std::string bytes(const std::string& output, int64_t index) const {
    return read_file((folder_ / output / sample_name(index)).string());
  }
  TemporaryFolder folder_;
};

TEST_F(PictureSamplerTest, bytes_do_not_depend_on_threads_order_or_neighbours) {
  const PictureSampler sampler = tiny_sampler(5), same = tiny_sampler(5);
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 6);
  write(sampler, items, "one", 1);
  std::vector<SampleItem> backwards = items;
  std::ranges::reverse(backwards);
  write(sampler, backwards, "two", 2);
  write(same, {items[4], items[1]}, "part", 1);
  write(same, items, "part", 2);  // goes on where the first call stopped
  for (int64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(bytes("one", i), bytes("two", i)) << i;
    EXPECT_EQ(bytes("one", i), bytes("part", i)) << i;
  }
  EXPECT_NE(bytes("one", 0), bytes("one", 2)) << "pictures of a class differ";
}

TEST_F(PictureSamplerTest, another_seed_or_class_is_another_picture) {
  const PictureSampler sampler = tiny_sampler(5);
  const std::vector<uint8_t> picture = sampler.picture({.index = 0, .label = 0}).rgb;
  EXPECT_NE(picture, sampler.picture({.index = 0, .label = 1}).rgb);
  EXPECT_NE(picture, tiny_sampler(6).picture({.index = 0, .label = 0}).rgb);
}

TEST_F(PictureSamplerTest, what_is_shared_is_the_first_pictures) {
  const PictureSampler sampler = tiny_sampler(5);
  const SampleItem first{.index = 2, .label = 1}, plain{.index = 7, .label = 1, .nth = 1};
  SampleItem item = plain;
  item.layout_of = item.texture_of = 2;
  EXPECT_EQ(sampler.picture(item).rgb, sampler.picture(first).rgb);
  item.texture_of.reset();
  EXPECT_TRUE(
      at::equal(sampler.layouts().layout(item).values(), sampler.layouts().layout(first).values()));
  EXPECT_NE(sampler.picture(item).rgb, sampler.picture(first).rgb);
  EXPECT_NE(sampler.picture(item).rgb, sampler.picture(plain).rgb);
}

TEST_F(PictureSamplerTest, parts_that_do_not_belong_together_are_refused) {
  TextureOptions foreign = tiny_texture_options();
  foreign.model = tiny_sit_options(8, 8);
  foreign.statistics.mean.pop_back();
  foreign.statistics.std.pop_back();
  const auto layouts = [] {
    return std::make_unique<GeneratedLayouts>(
        LayoutModel::fresh(tiny_layout_options(), 4).frozen(at::kCPU, at::kFloat),
        CalibrationOptions{.side = 32, .minhw = 4}, SigmaInit::code, 1);
  };
  EXPECT_NO_THROW(PictureSampler(tiny_tokenizer(), tiny_texture(), layouts(), {}));
  EXPECT_THROW(PictureSampler(tiny_tokenizer(), tiny_texture({}, foreign), layouts(), {}),
               ConfigError);
}

}  // namespace
}  // namespace gpst
