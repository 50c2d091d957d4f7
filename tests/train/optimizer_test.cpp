#include "train/optimizer.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

// The same steps with LibTorch's own optimiser on a copy.
void expect_same_as_torch(const TrainOptions& options, torch::optim::Optimizer& reference,
                          torch::nn::Linear& ours, torch::nn::Linear& theirs) {
  Optimizer adam(*ours, options);
  const torch::Tensor input = torch::randn({4, 3});
  for (int step = 1; step <= 5; ++step) {
    adam.zero_gradients();
    ours->forward(input).square().sum().backward();
    adam.step(options.lr);
    reference.zero_grad();
    theirs->forward(input).square().sum().backward();
    reference.step();
  }
  EXPECT_LT((ours->weight - theirs->weight).abs().max().item<double>(), 1e-6);
  EXPECT_LT((ours->bias - theirs->bias).abs().max().item<double>(), 1e-6);
}

std::pair<torch::nn::Linear, torch::nn::Linear> twins() {
  at::manual_seed(1);
  torch::nn::Linear a(3, 2), b(3, 2);
  const torch::NoGradGuard no_gradients;
  b->weight.copy_(a->weight);
  b->bias.copy_(a->bias);
  return {a, b};
}

TEST(Optimizer, adam_is_that_of_the_paper) {
  auto [ours, theirs] = twins();
  TrainOptions options;
  options.lr = 0.01;
  torch::optim::Adam reference(theirs->parameters(),
                               torch::optim::AdamOptions(0.01).betas({0.5, 0.9}));
  expect_same_as_torch(options, reference, ours, theirs);
}

TEST(Optimizer, adamw_decouples_weight_decay_when_asked) {
  auto [ours, theirs] = twins();
  TrainOptions options;
  options.optimizer = "adamw";
  options.lr = 0.01;
  options.beta1 = 0.9;
  options.beta2 = 0.99;
  options.weight_decay = 0.1;
  torch::optim::AdamW reference(
      theirs->parameters(), torch::optim::AdamWOptions(0.01).betas({0.9, 0.99}).weight_decay(0.1));
  expect_same_as_torch(options, reference, ours, theirs);
}

TEST(Optimizer, goes_on_from_a_saved_state) {
  TemporaryFolder folder;
  auto [a, b] = twins();
  TrainOptions options;
  options.lr = 0.01;
  Optimizer first(*a, options);
  const auto update = [](torch::nn::Linear& model, Optimizer& adam) {
    adam.zero_gradients();
    model->forward(torch::ones({1, 3})).square().sum().backward();
    adam.step(0.01);
  };
  update(a, first);
  save_tensors(folder / "adam.safetensors", first.state());
  {
    const torch::NoGradGuard no_gradients;
    b->weight.copy_(a->weight);
    b->bias.copy_(a->bias);
  }
  Optimizer second(*b, options);
  second.load(SafetensorsFile::open(folder / "adam.safetensors"));
  update(a, first);
  update(b, second);
  EXPECT_TRUE(torch::equal(a->weight, b->weight));
}

TEST(Optimizer, refuses_the_state_of_another_model) {
  TemporaryFolder folder;
  torch::nn::Linear small(3, 2), large(4, 2);
  save_tensors(folder / "adam.safetensors", Optimizer(*small, {}).state());
  Optimizer adam(*large, {});
  EXPECT_THROW(adam.load(SafetensorsFile::open(folder / "adam.safetensors")), InputError);
}

TEST(Optimizer, gradient_norm_is_over_all_parameters) {
  torch::nn::Linear model(2, 1);
  model->weight.mutable_grad() = torch::full({1, 2}, 2.0f);
  model->bias.mutable_grad() = torch::full({1}, 1.0f);
  EXPECT_NEAR(gradient_norm(model->parameters()), 3.0, 1e-6);
  scale_gradients(model->parameters(), 0.5);
  EXPECT_NEAR(gradient_norm(model->parameters()), 1.5, 1e-6);
}

}  // namespace
}  // namespace gpst
