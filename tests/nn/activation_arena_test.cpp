#include "nn/activation_arena.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gpst {
namespace {

constexpr int64_t kMebi = int64_t{1} << 18;  // floats

class ActivationArena : public ::testing::Test {
 protected:
  void SetUp() override { install_activation_arena(); }
};

const void* place_of(const at::Tensor& tensor) { return tensor.const_data_ptr(); }

TEST_F(ActivationArena, GivesFreedMemoryOutAgain) {
  const at::Tensor wall = at::empty({kMebi});
  at::Tensor first = at::empty({3 * kMebi}), second = at::empty({5 * kMebi});
  const at::Tensor behind = at::empty({kMebi});
  const void* const place = place_of(first);
  first.reset();
  EXPECT_EQ(place_of(at::empty({3 * kMebi})), place);
  second.reset();
  // Two neighbours have become one.
  EXPECT_EQ(place_of(at::empty({8 * kMebi})), place);
}

TEST_F(ActivationArena, KeepsBuffersApart) {
  std::vector<at::Tensor> all;
  for (int64_t i = 0; i < 60; ++i) {
    all.push_back(at::full({(i * 37 % 11 + 1) * kMebi / 8 + i}, i, at::kFloat));
    if (i % 3 == 2) all[static_cast<size_t>(i) / 2].reset();
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].defined()) continue;
    EXPECT_TRUE(all[i].eq(static_cast<double>(i)).all().item<bool>()) << i;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(place_of(all[i])) % 64, 0U);
  }
}

TEST_F(ActivationArena, ServesSeveralThreads) {
  std::vector<char> found(4);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < found.size(); ++t) {
      threads.emplace_back([&, t] {
        found[t] = 1;
        for (int64_t i = 0; i < 200; ++i) {
          const double value = static_cast<double>(t) + 10.0 * static_cast<double>(i);
          const at::Tensor a = at::full({20000 + 997 * (i % 7)}, value, at::kFloat), b = a * 2;
          found[t] &= b.eq(2 * value).all().item<bool>() ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(found, std::vector<char>(4, 1));
}

// They are freed where they came from.
TEST_F(ActivationArena, LeavesOtherBuffersAlone) {
  for (const int64_t floats : {0, 1, 100, 16383}) {
    const at::Tensor small = at::full({floats}, 7.0, at::kFloat);
    EXPECT_EQ(small.sum().item<double>(), 7.0 * static_cast<double>(floats));
  }
}

}  // namespace
}  // namespace gpst
