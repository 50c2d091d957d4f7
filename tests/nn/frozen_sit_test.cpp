#include "nn/frozen_sit.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/nn/busy_sit.h"
#include "tests/support/golden_tensor.h"
#include "tests/support/meta_ops.h"
#include "tests/support/signal_ratio.h"

namespace gpst {
namespace {

constexpr int64_t kPictures = 3, kTokens = 9, kCondition = 5;
const std::vector<float> kTimes{0.001F, 0.25F, 0.5F, 0.75F, 0.9F};

struct Inputs {
  at::Tensor x, y, condition;
};

Inputs inputs(uint64_t seed) {
  at::manual_seed(seed);
  return {at::randn({kPictures, 7, kTokens, 1}), at::randint(0, 4, {kPictures}, at::kLong),
          at::randn({kPictures, kTokens, kCondition})};
}

at::Tensor index_of(size_t step) { return at::full({1}, static_cast<int64_t>(step), at::kInt); }

// What a loop over captured steps does: [T] results.
std::vector<at::Tensor> all_steps(const FrozenSit& net, SitBatch& batch,
                                  const SitSchedule& schedule, const at::Tensor& x, SitRows rows) {
  std::vector<at::Tensor> results;
  for (size_t i = 0; i < schedule.times.size(); ++i) {
    const auto step = static_cast<int64_t>(i);
    if (step % batch.steps() == 0) net.load_steps(batch, schedule, step);
    results.push_back(net.step(x, index_of(i).to(net.device()), batch, rows));
  }
  return results;
}

// [R,C,l], every row with its class, and without in the second half.
at::Tensor expected_step(const Sit& net, const Inputs& in, float t, SitRows rows) {
  const c10::NoGradGuard no_grad;
  const auto forward = [&](const at::Tensor& y) {
    return net.forward(in.x, at::full(y.sizes(), t), y, in.condition).squeeze(3);
  };
  const at::Tensor with_class = forward(in.y);
  if (rows == SitRows::with_class) return with_class;
  return at::cat({with_class, forward(at::full_like(in.y, net.no_class()))});
}

void expect_steps(const Sit& net, const FrozenSit& frozen, SitBatch& batch,
                  const SitSchedule& schedule, const Inputs& in) {
  frozen.fill(batch, in.y, in.condition);
  for (const SitRows rows : {SitRows::with_class, SitRows::both}) {
    const std::vector<at::Tensor> results = all_steps(frozen, batch, schedule, in.x, rows);
    for (size_t i = 0; i < kTimes.size(); ++i) {
      EXPECT_TRUE(
          tensors_close(results[i], expected_step(net, in, kTimes[i], rows), {.absolute = 2e-5}))
          << "step " << i;
    }
  }
}

TEST(FrozenSit, StepsAreThoseOfTheNet) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  EXPECT_EQ(batch.steps(), 5);
  expect_steps(net, frozen, batch, schedule, inputs(1));
}

TEST(FrozenSit, WithPositionsInsteadOfACondition) {
  const Sit net = busy_sit(tiny_sit(), 0);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  Inputs in = inputs(2);
  in.condition = at::Tensor();
  expect_steps(net, frozen, batch, schedule, in);
}

TEST(FrozenSit, ATableOfFewStepsIsLoadedAgainOnTheWay) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  const int64_t step_bytes = (kPictures + 1) * (6 * 2 + 2) * 24 * 4;
  SitBatch batch = frozen.make_batch(
      {.pictures = kPictures, .tokens = kTokens, .table_bytes = 2 * step_bytes}, schedule);
  EXPECT_EQ(batch.steps(), 2);
  expect_steps(net, frozen, batch, schedule, inputs(3));
  EXPECT_THROW(frozen.load_steps(batch, schedule, 1), InputError);
  EXPECT_THROW(frozen.load_steps(batch, schedule, 6), InputError);
}

TEST(FrozenSit, TheNextBatchUsesTheSameBuffers) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  const auto addresses = [&] {
    return std::vector<const void*>{batch.added.const_data_ptr(), batch.labels.const_data_ptr(),
                                    batch.modulation.const_data_ptr(), batch.rows.const_data_ptr()};
  };
  const std::vector<const void*> before = addresses();
  expect_steps(net, frozen, batch, schedule, inputs(4));
  expect_steps(net, frozen, batch, schedule, inputs(5));
  EXPECT_EQ(addresses(), before);
}

TEST(FrozenSit, LaterChangesOfTheNetDoNotShow) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  const Inputs in = inputs(6);
  frozen.fill(batch, in.y, in.condition);
  const at::Tensor before = all_steps(frozen, batch, schedule, in.x, SitRows::both).back();
  net.initialise(9);
  EXPECT_TRUE(all_steps(frozen, batch, schedule, in.x, SitRows::both).back().equal(before));
}

TEST(FrozenSit, Bfloat16IsCloseToFloat32) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kBFloat16);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  EXPECT_EQ(batch.modulation.scalar_type(), at::kBFloat16);
  const Inputs in = inputs(7);
  frozen.fill(batch, in.y, in.condition);
  const std::vector<at::Tensor> rough = all_steps(frozen, batch, schedule, in.x, SitRows::both);
  EXPECT_EQ(rough[0].scalar_type(), at::kFloat);
  for (size_t i = 0; i < kTimes.size(); ++i) {
    EXPECT_GT(signal_ratio_db(rough[i], expected_step(net, in, kTimes[i], SitRows::both)), 40);
  }
}

// Every constant must be made where the weights are: a tensor of the host among meta tensors
// throws.
TEST(FrozenSit, TouchesOneDeviceOnly) {
  const MetaOps meta_ops;
  for (const int64_t condition_channels : {int64_t{0}, kCondition}) {
    const FrozenSit frozen(busy_sit(tiny_sit(), condition_channels), at::kMeta, at::kBFloat16);
    const SitSchedule schedule = frozen.schedule(kTimes);
    SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
    const Inputs in = inputs(8);
    frozen.fill(batch, in.y.to(at::kMeta),
                condition_channels > 0 ? in.condition.to(at::kMeta) : at::Tensor());
    const at::Tensor out =
        all_steps(frozen, batch, schedule, in.x.to(at::kMeta), SitRows::both).back();
    EXPECT_TRUE(out.is_meta());
    EXPECT_EQ(out.sizes(), (std::vector<int64_t>{2 * kPictures, 7, kTokens}));
  }
}

TEST(FrozenSit, RefusesWhatDoesNotFit) {
  const Sit net = busy_sit(tiny_sit(), kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  const Inputs in = inputs(9);
  EXPECT_THROW(frozen.fill(batch, in.y.narrow(0, 0, 2), in.condition), InputError);
  EXPECT_THROW(frozen.fill(batch, in.y), InputError);
  EXPECT_THROW(frozen.fill(batch, in.y, in.condition.narrow(1, 0, 8)), InputError);
  frozen.fill(batch, in.y, in.condition);
  frozen.load_steps(batch, schedule, 0);
  EXPECT_THROW(frozen.step(in.x.narrow(0, 0, 2), index_of(0), batch, SitRows::both), InputError);
  EXPECT_THROW(FrozenSit(net, at::kCPU, at::kHalf), ConfigError);
}

TEST(FrozenSit, WithoutDroppedClassesThereAreNoClasslessRows) {
  SitOptions options = tiny_sit();
  options.class_dropout_prob = 0;
  const Sit net = busy_sit(options, kCondition);
  const FrozenSit frozen(net, at::kCPU, at::kFloat);
  const SitSchedule schedule = frozen.schedule(kTimes);
  SitBatch batch = frozen.make_batch({.pictures = kPictures, .tokens = kTokens}, schedule);
  const Inputs in = inputs(10);
  frozen.fill(batch, in.y, in.condition);
  frozen.load_steps(batch, schedule, 0);
  EXPECT_TRUE(tensors_close(frozen.step(in.x, index_of(2), batch, SitRows::with_class),
                            expected_step(net, in, kTimes[2], SitRows::with_class),
                            {.absolute = 2e-5}));
  EXPECT_THROW(frozen.step(in.x, index_of(2), batch, SitRows::both), InputError);
}

}  // namespace
}  // namespace gpst
