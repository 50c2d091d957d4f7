#include "ops/sample_tokens.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "ops/token_columns.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::same_bits;
using test::uniform;

struct Sampled {
  at::Tensor sample = uniform({2, 8, 5}, 1, -3, 3, at::kFloat);
  at::Tensor means = uniform({8}, 2, -1, 1, at::kFloat);
  at::Tensor stds = uniform({8}, 3, 0.1, 2, at::kFloat);
  at::Tensor layout = uniform({2, 5, 5}, 4, 0, 1, at::kFloat);
};

TEST(SampleTokens, AreRestoredMovedAndClamped) {
  const Sampled s;
  at::Tensor expected = s.sample.transpose(1, 2) * s.stds + s.means;
  expected.narrow(2, 0, kGeometry).add_(s.layout);
  expected.narrow(2, kSigmaX, 2).clamp_(1e-5, 1 - 1e-5);
  expected.narrow(2, kRho, 1).clamp_(-(1 - 1e-5), 1 - 1e-5);
  const at::Tensor tokens = sample_tokens(s.sample, s.means, s.stds, s.layout);
  EXPECT_TRUE(same_bits(tokens, expected.contiguous()));
  EXPECT_TRUE(same_bits(sample_tokens(s.sample.unsqueeze(3), s.means, s.stds, s.layout), tokens));
  EXPECT_LT(tokens.select(2, kSigmaX).max().item<float>(), 1);
}

TEST(SampleTokens, KeepNaN) {
  const Sampled s;
  s.sample[0][kSigmaX][2] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor tokens = sample_tokens(s.sample, s.means, s.stds, s.layout);
  EXPECT_TRUE(tokens[0][2][kSigmaX].isnan().item<bool>());
  EXPECT_EQ(tokens.isnan().sum().item<int64_t>(), 1);
}

TEST(SampleTokens, KnowTheirShapeOnMeta) {
  const auto on_meta = at::TensorOptions(at::kMeta);
  const at::Tensor tokens = sample_tokens(at::empty({2, 8, 5}, on_meta), at::empty({8}, on_meta),
                                          at::empty({8}, on_meta), at::empty({2, 5, 5}, on_meta));
  EXPECT_EQ(tokens.sizes(), (at::IntArrayRef{2, 5, 8}));
}

TEST(SampleTokens, RefuseWithNamesAndSizes) {
  const auto message = [](const at::Tensor& sample, const at::Tensor& means,
                          const at::Tensor& layout) {
    const Sampled s;
    return message_of<InputError>([&] { sample_tokens(sample, means, s.stds, layout); });
  };
  const Sampled s;
  EXPECT_EQ(message(s.sample.view({2, 40}), s.means, s.layout),
            "sample_tokens: sample must have the shape [B, 5+c, l], found [2, 40]");
  EXPECT_EQ(message(s.sample.narrow(1, 0, 5), s.means, s.layout),
            "sample_tokens: sample must have 5 channels and at least one feature, found 5");
  EXPECT_EQ(message(s.sample, s.means.narrow(0, 0, 7), s.layout),
            "sample_tokens: means must have the shape [8], found [7]");
  EXPECT_EQ(message(s.sample, s.means, s.layout.narrow(1, 0, 4)),
            "sample_tokens: layout must have the shape [2, 5, 5], found [2, 4, 5]");
  EXPECT_EQ(message(s.sample.to(at::kDouble), s.means, s.layout),
            "sample_tokens: sample must be float32, found Double");
}

}  // namespace
}  // namespace gpst
