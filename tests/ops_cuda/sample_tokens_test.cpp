// Tokens of samples as kernels against the CPU's, to the bit.
#include "ops/sample_tokens.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/ops/support.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::same_bits;
using test::uniform;

TEST(SampleTokensCuda, AreTheCpusToTheBit) {
  for (const auto& [channels, tokens] : {std::pair<int64_t, int64_t>{21, 128}, {6, 1}, {37, 70}}) {
    at::Tensor sample = uniform({3, channels, tokens}, 1, -4, 4, at::kFloat);
    const at::Tensor means = uniform({channels}, 2, -1, 1, at::kFloat);
    const at::Tensor stds = uniform({channels}, 3, 0.01, 3, at::kFloat);
    const at::Tensor layout = uniform({3, tokens, 5}, 4, 0, 1, at::kFloat);
    for (const bool with_gaps : {false, true}) {
      if (with_gaps) sample = uniform({3, tokens, channels}, 5, -4, 4, at::kFloat).transpose(1, 2);
      const at::Tensor expected = sample_tokens(sample, means, stds, layout);
      const at::Tensor actual = on_kernels([&] {
        return sample_tokens(to_kernels(sample), to_kernels(means), to_kernels(stds),
                             to_kernels(layout));
      });
      EXPECT_TRUE(same_bits(actual.cpu(), expected));
    }
  }
}

TEST(SampleTokensCuda, KeepNaNAsTheCpuDoes) {
  const at::Tensor sample = uniform({2, 8, 40}, 1, -4, 4, at::kFloat);
  for (const int64_t channel : {0, 2, 4, 7}) {
    sample[1][channel][33] = std::numeric_limits<float>::quiet_NaN();
  }
  const at::Tensor ones = at::ones({8}), layout = at::zeros({2, 40, 5});
  const at::Tensor expected = sample_tokens(sample, ones, ones, layout);
  const at::Tensor actual = on_kernels([&] {
    return sample_tokens(to_kernels(sample), to_kernels(ones), to_kernels(ones),
                         to_kernels(layout));
  });
  EXPECT_TRUE(actual.cpu().isnan().equal(expected.isnan()));
}

}  // namespace
}  // namespace gpst
