#include "ops/sampler_step.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/error.h"
#include "ops/initial_noise.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::near;
using test::uniform;

constexpr uint64_t kSeed = 21;

// The arguments of a step of two pictures with 3 channels and 5 tokens.
struct Step {
  at::Tensor x = uniform({2, 3, 5}, 1, -1, 1, at::kFloat);
  at::Tensor output = uniform({4, 3, 5}, 2, -1, 1, at::kFloat);
  at::Tensor coefficients = at::tensor({0.5, 0.25, -0.125, 0.75}, at::kFloat).view({1, 4});
  at::Tensor step = at::zeros({1}, at::kInt);
  at::Tensor pictures = at::tensor({7, 3}, at::kLong);

  int64_t guided = 0;  // channels; 0: all

  void take() const {
    sampler_step(x, output, coefficients, step, pictures, {.seed = kSeed}, {.channels = guided});
  }
};

// The formula in double.
at::Tensor expected_of(const Step& s, int64_t row = 0) {
  const at::Tensor c = s.coefficients[row].to(at::kDouble);
  const at::Tensor out = s.output.narrow(1, 0, 3).to(at::kDouble);
  at::Tensor next = s.x.to(at::kDouble).view({2, 3, 5}) * c[0] + out.narrow(0, 0, 2) * c[1];
  if (c[2].item<double>() != 0) {
    at::Tensor other = out.narrow(0, 2, 2).clone();
    for (int64_t channel = 0; channel < 3; ++channel) {
      if (s.guided != 0 && channel >= s.guided) {
        other.select(1, channel).copy_(out.narrow(0, 0, 2).select(1, channel));
      }
    }
    next = next + other * c[2];
  }
  return next + c[3] * initial_noise(s.pictures, {.channels = 3, .tokens = 5}, kSeed,
                                     Purpose::step_noise, row);
}

TEST(SamplerStep, IsTheFormulaAndWritesItsState) {
  const Step s;
  const at::Tensor expected = expected_of(s);
  s.take();
  EXPECT_TRUE(near(s.x, expected, 3e-7));
}

TEST(SamplerStep, GuidesTheFirstChannelsOnly) {
  for (const int64_t guided : {1, 2, 3}) {
    Step s;
    s.guided = guided;
    const at::Tensor expected = expected_of(s);
    s.take();
    EXPECT_TRUE(near(s.x, expected, 3e-7)) << guided;
  }
}

TEST(SamplerStep, TakesTheRowOfTheCounter) {
  Step s;
  s.coefficients = uniform({4, 4}, 3, -1, 1, at::kFloat);
  advance_step(s.step);
  advance_step(s.step);
  const at::Tensor expected = expected_of(s, 2);
  s.take();
  EXPECT_TRUE(near(s.x, expected, 3e-7));
  EXPECT_EQ(s.step.item<int>(), 2);
}

TEST(SamplerStep, TakesMoreChannelsBfloat16AndTheShapeOfNets) {
  Step s;
  s.output = uniform({4, 5, 6, 1}, 2, -1, 1, at::kBFloat16).transpose(1, 2);  // [4,6,5,1]
  s.x = s.x.unsqueeze(-1);
  const at::Tensor expected = expected_of({.x = s.x, .output = s.output.squeeze(3)});
  s.take();
  EXPECT_TRUE(near(s.x.squeeze(-1), expected, 3e-7));
}

// Every product and every sum is rounded, in the order of the formula.
TEST(SamplerStep, HasTheBitsOfTheFormulaInFloat) {
  const Step s = {.coefficients = at::tensor({0.9F, 0.3F, -0.7F, 0.6F}).view({1, 4})};
  const float* c = s.coefficients.const_data_ptr<float>();
  at::Tensor expected = s.x * c[0] + s.output.narrow(0, 0, 2) * c[1];
  expected += s.output.narrow(0, 2, 2) * c[2];
  expected +=
      initial_noise(s.pictures, {.channels = 3, .tokens = 5}, kSeed, Purpose::step_noise, 0) * c[3];
  s.take();
  EXPECT_TRUE(test::same_bits(s.x, expected));
}

// More values than the normals that are held at a time, an odd number of them a channel.
TEST(SamplerStep, TakesManyTokens) {
  const Step s = {.x = uniform({2, 3, 1301}, 1, -1, 1, at::kFloat),
                  .output = uniform({4, 3, 1301}, 2, -1, 1, at::kFloat)};
  const at::Tensor c = s.coefficients[0].to(at::kDouble), out = s.output.to(at::kDouble);
  const at::Tensor noise =
      initial_noise(s.pictures, {.channels = 3, .tokens = 1301}, kSeed, Purpose::step_noise, 0);
  const at::Tensor expected = s.x.to(at::kDouble) * c[0] + out.narrow(0, 0, 2) * c[1] +
                              out.narrow(0, 2, 2) * c[2] + noise * c[3];
  s.take();
  EXPECT_TRUE(near(s.x, expected, 3e-7));
}

TEST(SamplerStep, NeedsRowsWithoutClassInGuidedStepsOnly) {
  Step s;
  s.output = s.output.narrow(0, 0, 2);
  EXPECT_EQ(message_of<InputError>([&] { s.take(); }),
            "sampler_step: step 0 is guided: output must have 4 rows, found 2");
  s.coefficients[0][2] = 0;
  const at::Tensor expected = expected_of(s);
  s.take();
  EXPECT_TRUE(near(s.x, expected, 3e-7));
}

TEST(SamplerStep, DoesNotReadRowsWithoutClassWhoseCoefficientIsZero) {
  const Step s;
  s.coefficients[0][2] = 0;
  s.output.narrow(0, 2, 2).fill_(std::numeric_limits<double>::quiet_NaN());
  const at::Tensor expected = expected_of(s);
  s.take();
  EXPECT_TRUE(near(s.x, expected, 3e-7));
}

TEST(SamplerStep, RefusesACounterOutsideTheTable) {
  const Step s;
  advance_step(s.step);
  EXPECT_EQ(message_of<InputError>([&] { s.take(); }),
            "sampler_step: the counter must be in [0, 1), found 1; set it to 0 before a run");
}

// What the op says of a step that something was done to.
std::string refusal(const std::function<void(Step&)>& spoil) {
  Step s;
  spoil(s);
  return message_of<InputError>([&] { s.take(); });
}

TEST(SamplerStep, RefusesWithNamesAndSizes) {
  EXPECT_EQ(refusal([](Step& s) {
              s.x = s.x.view({2, 15});
            }),
            "sampler_step: x must have the shape [B, C, l], found [2, 15]");
  EXPECT_EQ(refusal([](Step& s) { s.x = s.x.to(at::kDouble); }),
            "sampler_step: x must be Float, found Double");
  EXPECT_EQ(refusal([](Step& s) {
              s.x = s.x.transpose(1, 2);
              s.output = s.output.transpose(1, 2);
            }),
            "sampler_step: x must be contiguous, since it is written in place");
  EXPECT_EQ(refusal([](Step& s) { s.output = s.output.narrow(0, 0, 3); }),
            "sampler_step: output must have the shape [2 or 4, 3 or more, 5], found [3, 3, 5]");
  EXPECT_EQ(refusal([](Step& s) { s.output = s.output.to(at::kDouble); }),
            "sampler_step: output must be float32 or bfloat16, found Double");
  EXPECT_EQ(refusal([](Step& s) {
              s.coefficients = s.coefficients.view({4, 1});
            }),
            "sampler_step: coefficients must have the shape [4, 4], found [4, 1]");
  EXPECT_EQ(refusal([](Step& s) { s.step = s.step.to(at::kLong); }),
            "sampler_step: step must be Int, found Long");
  EXPECT_EQ(refusal([](Step& s) { s.pictures = s.pictures.narrow(0, 0, 1); }),
            "sampler_step: pictures must have the shape [2], found [1]");
  EXPECT_EQ(refusal([](Step& s) { s.step = s.step.to(at::kMeta); }),
            "sampler_step: step must be on the device of x, cpu; found meta");
  EXPECT_EQ(refusal([](Step& s) { s.guided = 4; }),
            "sampler_step: guided channels must be in [0, 3] (0: all), found 4");
  EXPECT_EQ(refusal([](Step& s) { s.output.requires_grad_(); }),
            "sampler_step: an input needs a gradient, and this op has none; call it under "
            "at::NoGradGuard");
}

}  // namespace
}  // namespace gpst
