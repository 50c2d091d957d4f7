#include "sampler/layout_source.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "layout_gen/layout_model.h"
#include "nn/worker_threads.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_generators.h"

namespace gpst {
namespace {

TEST(StoredLayoutsTest, the_nth_picture_of_a_class_takes_its_row_from_the_end) {
  const TemporaryFolder folder;
  const std::string path = (folder / "layouts.safetensors").string();
  const at::Tensor rows = at::rand({5, 3, 5});
  const std::vector<int64_t> labels = {0, 1, 1, 0, 1};
  write_layout_store(path, rows, labels, 2);
  const StoredLayouts source(LayoutStore::open(path));
  const auto layout = [&](int64_t label, int64_t nth) {
    return source.layout({.index = 17, .label = label, .nth = nth}).values()[0];
  };
  EXPECT_TRUE(at::equal(layout(1, 0), rows[4]));
  EXPECT_TRUE(at::equal(layout(1, 1), rows[2]));
  EXPECT_TRUE(at::equal(layout(1, 3), rows[4]));
  EXPECT_TRUE(at::equal(layout(0, 1), rows[0]));
}

class GeneratedLayoutsTest : public ::testing::Test {
 protected:
  static GeneratedLayouts source(uint64_t seed) {
    const TokenizerOptions tokenizer = tiny_tokenizer_options();
    return GeneratedLayouts(
        LayoutModel::fresh(tiny_layout_options(), 1).frozen(at::kCPU, at::kFloat),
        {.side = static_cast<int>(tokenizer.tile_side()),
         .minhw = static_cast<int>(tokenizer.gps.gps_minhw)},
        tokenizer.gps.gps_sigma_init, seed);
  }
  static SampleItem item(int64_t index) { return {.index = index, .label = index % 2}; }
};

TEST_F(GeneratedLayoutsTest, are_the_layouts_of_partitions) {
  const Layout layout = source(3).layout(item(0));
  ASSERT_EQ(layout.tokens(), tiny_tokenizer_options().gps.gps_num);
  EXPECT_EQ(layout.rho().abs().max().item<float>(), 0);
  // Regions of w x h pixels of the 32 cover the canvas: sigma = (w-1)/32 * 2/3.
  const at::Tensor sides = layout.sigma() * 48 + 1;  // [1,l,2]
  EXPECT_NEAR(sides.prod(2).sum().item<double>(), 32 * 32, 0.01);
}

TEST_F(GeneratedLayoutsTest, depend_on_seed_and_index_alone) {
  const GeneratedLayouts a = source(3), b = source(3), other = source(4);
  std::vector<at::Tensor> parallel(6);
  for_each_on_workers(6, 2, [&](int64_t i, int) {
    parallel[static_cast<size_t>(i)] = a.layout(item(5 - i)).values();
  });
  for (int64_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(at::equal(b.layout(item(i)).values(), parallel[static_cast<size_t>(5 - i)])) << i;
  }
  int same = 0;
  for (int64_t i = 0; i < 6; ++i) {
    same += at::equal(b.layout(item(i)).values(), other.layout(item(i)).values());
  }
  EXPECT_LT(same, 6);
}

}  // namespace
}  // namespace gpst
