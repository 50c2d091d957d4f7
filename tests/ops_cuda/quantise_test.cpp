// Pictures to bytes as kernels against the CPU's.
#include "ops/quantise.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/ops/support.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::uniform;

void expect_same(const at::Tensor& pictures) {
  for (const Rounding rounding : {Rounding::truncate, Rounding::nearest}) {
    const QuantisedPictures expected = quantise(pictures, rounding);
    const QuantisedPictures actual =
        on_kernels([&] { return quantise(to_kernels(pictures), rounding); });
    EXPECT_TRUE(actual.bytes.cpu().equal(expected.bytes));
    EXPECT_TRUE(actual.first_nan.cpu().equal(expected.first_nan));
  }
}

TEST(QuantiseCuda, GivesTheCpusBytes) {
  for (const auto& [height, width] :
       {std::pair<int64_t, int64_t>{16, 32}, {9, 7}, {1, 1}, {4, 6}, {12, 20}}) {
    const at::Tensor pictures = uniform({3, 3, height, width}, 1, -1.2, 1.2, at::kFloat);
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      expect_same(pictures.to(type));
      expect_same(pictures.to(type).contiguous(at::MemoryFormat::ChannelsLast));
      expect_same(pictures.to(type).transpose(2, 3));
    }
  }
}

TEST(QuantiseCuda, TakesCropsOneOfManyAndNone) {
  const at::Tensor pictures = uniform({3, 3, 16, 20}, 1, -1.2, 1.2, at::kFloat);
  expect_same(pictures.narrow(3, 2, 16));
  expect_same(pictures.narrow(2, 3, 8));
  expect_same(pictures.narrow(0, 1, 1));
  expect_same(pictures.narrow(0, 0, 1).expand({2, 3, 16, 20}));
  expect_same(pictures.narrow(0, 0, 0));
}

TEST(QuantiseCuda, ReportsTheFirstNaNAsTheCpuDoes) {
  at::Tensor pictures = uniform({3, 3, 16, 16}, 1, -1, 1, at::kFloat);
  pictures[1].fill_(std::numeric_limits<float>::quiet_NaN());
  pictures[2][2][5][3] = std::numeric_limits<float>::quiet_NaN();
  pictures[2][1][15][15] = std::numeric_limits<float>::quiet_NaN();
  expect_same(pictures);
  expect_same(pictures.contiguous(at::MemoryFormat::ChannelsLast));
  expect_same(pictures.narrow(3, 1, 15));
}

}  // namespace
}  // namespace gpst
