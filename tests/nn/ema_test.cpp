#include "nn/ema.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

torch::nn::Linear constant_linear(double value) {
  torch::nn::Linear linear(2, 2);
  const at::NoGradGuard no_grad;
  for (at::Tensor& parameter : linear->parameters()) parameter.fill_(value);
  return linear;
}

void set(torch::nn::Linear& linear, double value) {
  const at::NoGradGuard no_grad;
  for (at::Tensor& parameter : linear->parameters()) parameter.fill_(value);
}

double first_value(const Ema& ema) { return ema.tensors()[0].second.flatten()[0].item<double>(); }

TEST(Ema, PowerDecayFollowsTheFormula) {
  const Ema ema(*constant_linear(0), {.beta = 0.9, .warmup = 100, .every = 10});
  EXPECT_EQ(ema.decay(7), 1);   // between updates
  EXPECT_EQ(ema.decay(10), 0);  // warm-up: a copy
  EXPECT_EQ(ema.decay(100), 0);
  EXPECT_DOUBLE_EQ(ema.decay(110), 1 - std::pow(2.0, -2.0 / 3.0));
  EXPECT_EQ(ema.decay(111), 1);
  EXPECT_DOUBLE_EQ(ema.decay(150), 1 - std::pow(6.0, -2.0 / 3.0));
  EXPECT_EQ(ema.decay(1000000), 0.9);
}

TEST(Ema, ConstantDecayAveragesEveryStep) {
  torch::nn::Linear model = constant_linear(0);
  Ema ema(*model, {.kind = "constant", .beta = 0.75});
  set(model, 1);
  ema.update(*model, 1);
  EXPECT_NEAR(first_value(ema), 0.25, 1e-7);
  ema.update(*model, 2);
  EXPECT_NEAR(first_value(ema), 0.4375, 1e-7);
}

TEST(Ema, CopiesDuringTheWarmUpAndRestsBetweenUpdates) {
  torch::nn::Linear model = constant_linear(0);
  Ema ema(*model, {.warmup = 4, .every = 2});
  set(model, 1);
  ema.update(*model, 1);
  EXPECT_EQ(first_value(ema), 0);
  ema.update(*model, 2);
  EXPECT_EQ(first_value(ema), 1);
  set(model, 3);
  ema.update(*model, 6);
  EXPECT_NEAR(first_value(ema), 1 + 2 * std::pow(2.0, -2.0 / 3.0), 1e-6);
}

TEST(Ema, ItsTensorsAreTheWholeState) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "ema.safetensors";
  torch::nn::Linear model = constant_linear(0.3);
  const Ema saved(*model, {});
  save_tensors(path, saved.tensors());
  set(model, 5);
  Ema loaded(*model, {});
  loaded.load(SafetensorsFile::open(path));
  EXPECT_EQ(first_value(loaded), first_value(saved));
  loaded.copy_to(*model);
  EXPECT_EQ(model->weight[0][0].item<float>(), 0.3F);
  Ema other(*torch::nn::Linear(3, 2), {});
  EXPECT_THROW(other.load(SafetensorsFile::open(path)), InputError);
}

}  // namespace
}  // namespace gpst
