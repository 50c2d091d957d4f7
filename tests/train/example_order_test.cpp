#include "train/example_order.h"

#include <gtest/gtest.h>

#include <set>

namespace gpst {
namespace {

TEST(ExampleOrder, every_epoch_sees_everything_once_in_an_order_of_its_own) {
  ExampleOrder order(3, 50);
  std::vector<int64_t> first, second;
  for (int64_t i = 0; i < 50; ++i) first.push_back(order.index(i));
  for (int64_t i = 50; i < 100; ++i) second.push_back(order.index(i));
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 50u);
  EXPECT_EQ(std::set(second.begin(), second.end()).size(), 50u);
  EXPECT_NE(first, second);
}

TEST(ExampleOrder, follows_from_the_number_alone) {
  ExampleOrder forwards(3, 50), jumping(3, 50);
  const int64_t late = jumping.index(180);
  EXPECT_EQ(jumping.index(20), forwards.index(20));
  EXPECT_EQ(forwards.index(180), late);
  EXPECT_EQ(forwards.epoch_of(180), 3);
}

TEST(ExampleOrder, another_seed_is_another_order) {
  ExampleOrder a(1, 1000), b(2, 1000);
  int same = 0;
  for (int64_t i = 0; i < 1000; ++i) same += a.index(i) == b.index(i);
  EXPECT_LT(same, 20);
}

}  // namespace
}  // namespace gpst
