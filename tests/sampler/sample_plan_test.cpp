#include "sampler/sample_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace gpst {
namespace {

using Items = std::vector<SampleItem>;

TEST(SamplePlan, picture_i_has_class_i_mod_k) {
  EXPECT_EQ(plan_samples({7, 3}, 0, 5),
            (Items{{0, 7, 0}, {1, 3, 0}, {2, 7, 1}, {3, 3, 1}, {4, 7, 2}}));
}

TEST(SamplePlan, a_class_may_be_chosen_several_times) {
  EXPECT_EQ(plan_samples({5, 1, 5}, 0, 6),
            (Items{{0, 5, 0}, {1, 1, 0}, {2, 5, 1}, {3, 5, 2}, {4, 1, 1}, {5, 5, 3}}));
}

TEST(SamplePlan, a_later_start_is_the_tail_of_the_whole) {
  const Items whole = plan_samples({2, 0, 2, 1}, 0, 20);
  EXPECT_EQ(plan_samples({2, 0, 2, 1}, 13, 7), Items(whole.begin() + 13, whole.end()));
}

TEST(SamplePlan, random_classes_follow_from_seed_and_index) {
  const std::vector<int64_t> classes{3, 5, 8};
  const Items whole = plan_random_samples(classes, 0, 3000, 7);
  EXPECT_EQ(plan_random_samples(classes, 2900, 100, 7), Items(whole.begin() + 2900, whole.end()));
  EXPECT_NE(plan_random_samples(classes, 0, 3000, 8), whole);
  std::map<int64_t, int64_t> counts;
  for (const SampleItem& item : whole) EXPECT_EQ(item.nth, counts[item.label]++);
  for (const int64_t label : classes) {
    EXPECT_NEAR(static_cast<double>(counts[label]), 1000, 130);  // five deviations
  }
}

TEST(SamplePlan, pictures_of_a_class_can_share_with_its_first) {
  std::vector<SampleItem> items = plan_samples({3, 8}, 0, 5);
  share_with_first(items, Shared::layout);
  for (const SampleItem& item : items) {
    EXPECT_EQ(item.layout_index(), item.label == 3 ? 0 : 1);
    EXPECT_EQ(item.layout_nth(), 0);
    EXPECT_EQ(item.texture_index(), item.index);
  }
  items = plan_samples({3, 8}, 0, 5);
  share_with_first(items, Shared::texture);
  EXPECT_EQ(items[4].texture_index(), 0);
  EXPECT_EQ(items[4].layout_index(), 4);
  EXPECT_EQ(items[4].layout_nth(), 2);
}

TEST(SamplePlan, shards_are_the_whole_without_overlap) {
  const Items whole = plan_samples({4, 9}, 3, 10);
  size_t together = 0;
  for (int64_t number = 0; number < 3; ++number) {
    const Items shard = select_shard(whole, {number, 3});
    together += shard.size();
    for (const SampleItem& item : shard) {
      EXPECT_EQ(item.index % 3, number);
      EXPECT_EQ(item, whole[static_cast<size_t>(item.index - 3)]);
    }
  }
  EXPECT_EQ(together, whole.size());
}

TEST(SamplePlan, a_shard_can_be_empty) {
  EXPECT_TRUE(select_shard(plan_samples({0}, 0, 2), {2, 3}).empty());
}

}  // namespace
}  // namespace gpst
