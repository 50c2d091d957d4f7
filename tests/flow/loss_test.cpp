#include "flow/loss.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "flow/class_rows.h"
#include "flow/training_draws.h"

namespace gpst {
namespace {

TEST(FlowLoss, OfAPerfectVelocityIsZero) {
  const at::Tensor x1 = at::arange(12.0).view({2, 3, 2, 1}), x0 = at::ones({2, 3, 2, 1});
  const std::vector<float> t{0.25f, 0.5f};
  const FlowTarget target = flow_target(x1, x0, t, {});
  EXPECT_TRUE(target.xt[0].allclose(x1[0] * 0.25 + x0[0] * 0.75));
  EXPECT_TRUE(flow_loss(x1 - x0, target).equal(at::zeros({2})));
  EXPECT_TRUE(flow_loss(x1 - x0 + 2, target).allclose(at::full({2}, 4.0)));
}

TEST(FlowLoss, OfPerfectNoiseAndScoreIsZero) {
  const at::Tensor x1 = at::arange(12.0).view({2, 3, 2, 1}), x0 = x1 * 0.5 - 1;
  const std::vector<float> t{0.25f, 0.5f};
  TransportOptions transport;
  transport.prediction = Prediction::noise;
  transport.loss_weight = LossWeight::velocity;
  EXPECT_TRUE(flow_loss(x0, flow_target(x1, x0, t, transport)).equal(at::zeros({2})));
  transport.prediction = Prediction::score;
  const at::Tensor sigma = at::tensor({0.75, 0.5}).to(at::kFloat).view({2, 1, 1, 1});
  const at::Tensor loss = flow_loss(-x0 / sigma, flow_target(x1, x0, t, transport));
  EXPECT_LT(loss.abs().max().item<double>(), 1e-8);
}

TEST(FlowLoss, RefusesWhatDoesNotFit) {
  const at::Tensor x1 = at::ones({2, 3, 2, 1});
  const std::vector<float> one{0.5f};
  EXPECT_THROW(flow_target(x1, x1, one, {}), InputError);
}

TEST(TrainingDraws, TimesStayInTheirInterval) {
  TransportOptions transport;
  transport.prediction = Prediction::noise;
  const TimeInterval interval = training_interval(transport);
  EXPECT_EQ(interval.t0, 1e-3);
  for (const auto distribution : {TimeDistribution::uniform, TimeDistribution::logit_normal}) {
    PhiloxStream stream(1, 2, Purpose::time);
    double sum = 0;
    for (int i = 0; i < 4000; ++i) {
      const float t = draw_time(stream, {.distribution = distribution, .scale = 1.2}, interval);
      EXPECT_GE(t, 1e-3f);
      EXPECT_LE(t, 0.999f);
      sum += t;
    }
    EXPECT_NEAR(sum / 4000, 0.5, 0.02);
  }
}

TEST(TrainingDraws, LabelsAreDroppedAtTheirRate) {
  PhiloxStream stream(1, 2, Purpose::label_drop);
  int dropped = 0;
  for (int i = 0; i < 4000; ++i) dropped += draw_label_drop(stream, 0.1) ? 1 : 0;
  EXPECT_NEAR(dropped, 400, 60);
}

TEST(ClassRows, AreTheLabelsAndRefuseOthers) {
  const std::vector<int64_t> labels{4, 0};
  EXPECT_TRUE(class_rows(labels, 10).equal(at::tensor(labels, at::kLong)));
  const std::vector<int64_t> wrong{10};
  EXPECT_THROW(class_rows(wrong, 10), InputError);
}

}  // namespace
}  // namespace gpst
