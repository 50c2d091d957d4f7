#include "train/token_examples.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "ops/token_columns.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/tiny_tokens.h"

namespace gpst {
namespace {

const DrawOptions kDraws{.label_drop = 0.25, .no_class = 2, .channels = kTinyChannels};

class TokenExamplesTest : public testing::Test {
 protected:
  void SetUp() override { write_tiny_tokens(folder_.path()); }
  TokenExamples examples(const TokenDataOptions& options = {}) const {
    return TokenExamples(TokenDataset::open(folder_.path()), options, /*seed=*/5);
  }
  TemporaryFolder folder_;
};

// What tells a picture of the tiny tokens from the others, mirrored or not.
double mark(const at::Tensor& tokens /*[l,7]*/) {
  return tokens[0][kGeometry].item<double>() + tokens[0][kSigmaX].item<double>();
}

TEST_F(TokenExamplesTest, an_epoch_has_every_training_row_and_no_held_out_one) {
  TokenExamples examples = this->examples({.held_out = 4});
  ASSERT_EQ(examples.held_out(), 4);
  std::set<double> trained, held_out;
  const TokenBatch epoch = examples.batch({.step = 1, .first = 0, .count = 20});
  for (int64_t i = 0; i < 20; ++i) trained.insert(mark(epoch.tokens[i]));
  const TokenBatch aside = examples.held_out_batch(0, 4);
  for (int64_t i = 0; i < 4; ++i) held_out.insert(mark(aside.tokens[i]));
  EXPECT_EQ(trained.size(), 20u);
  EXPECT_EQ(held_out.size(), 4u);
  for (const double each : held_out) EXPECT_FALSE(trained.contains(each));
}

TEST_F(TokenExamplesTest, an_example_follows_from_its_number) {
  TokenExamples whole = examples(), parts = examples();
  const BatchPart all{.step = 2, .first = 8, .count = 8};
  const TokenBatch batch = whole.batch(all);
  const FlowDraws draws = whole.draws(batch, all, kDraws);
  const BatchPart second{.step = 2, .first = 12, .count = 4};
  const TokenBatch half = parts.batch(second);
  const FlowDraws half_draws = parts.draws(half, second, kDraws);
  EXPECT_TRUE(at::equal(batch.tokens.slice(0, 4), half.tokens));
  EXPECT_TRUE(at::equal(draws.noise.slice(0, 4), half_draws.noise));
  EXPECT_TRUE(at::equal(draws.condition_noise.slice(0, 4), half_draws.condition_noise));
  EXPECT_TRUE(at::equal(draws.labels.slice(0, 4), half_draws.labels));
  EXPECT_EQ(std::vector<float>(draws.times.begin() + 4, draws.times.end()), half_draws.times);
}

TEST_F(TokenExamplesTest, draws_are_what_they_should_be) {
  TokenExamples examples = this->examples();
  const BatchPart part{.step = 1, .first = 0, .count = 400};
  const TokenBatch batch = examples.batch(part);
  const FlowDraws draws = examples.draws(batch, part, kDraws);
  ASSERT_EQ(draws.noise.sizes(), (at::IntArrayRef{400, kTinyChannels, kTinyTokenCount, 1}));
  EXPECT_NEAR(draws.noise.mean().item<double>(), 0, 0.05);
  EXPECT_NEAR(draws.noise.std().item<double>(), 1, 0.05);
  const double dropped = (draws.labels == 2).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(dropped, 0.25, 0.08);
  for (const float t : draws.times) EXPECT_TRUE(t >= 0 && t <= 1) << t;
}

TEST_F(TokenExamplesTest, half_of_the_examples_are_mirrored_when_asked) {
  const auto mirrored = [](const TokenBatch& batch) {
    // The first token lies on the left unless mirrored.
    return (batch.initial.select(1, 0).select(1, kX) > 0).to(at::kDouble).mean().item<double>();
  };
  const BatchPart part{.step = 1, .first = 0, .count = 240};
  TokenExamples with = examples(), without = examples({.flips = false});
  EXPECT_NEAR(mirrored(with.batch(part)), 0.5, 0.15);
  EXPECT_EQ(mirrored(without.batch(part)), 0);
}

TEST_F(TokenExamplesTest, held_out_draws_keep_the_labels_and_do_not_change) {
  TokenExamples examples = this->examples({.held_out = 6});
  const TokenBatch batch = examples.held_out_batch(0, 6);
  const FlowDraws once = examples.held_out_draws(batch, 0, kDraws);
  const FlowDraws again = examples.held_out_draws(batch, 0, kDraws);
  EXPECT_TRUE(at::equal(once.labels, at::tensor(batch.labels)));
  EXPECT_TRUE(at::equal(once.noise, again.noise));
}

TEST_F(TokenExamplesTest, holding_everything_out_is_refused) {
  EXPECT_THROW(examples({.held_out = 24}), InputError);
}

}  // namespace
}  // namespace gpst
