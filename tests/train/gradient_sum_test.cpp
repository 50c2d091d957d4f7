#include "train/gradient_sum.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "tests/support/together.h"

namespace gpst {
namespace {

torch::nn::Sequential small_net() {
  at::manual_seed(3);
  torch::nn::Sequential net(torch::nn::Linear(3, 5), torch::nn::Linear(5, 4),
                            torch::nn::Linear(4, 2));
  net->push_back(torch::nn::Linear(2, 7));  // its gradient is never there
  return net;
}

at::Tensor loss_of(torch::nn::Sequential& net, const at::Tensor& x) {
  at::Tensor y = x;
  for (int layer = 0; layer < 3; ++layer) y = net[layer]->as<torch::nn::Linear>()->forward(y);
  return y.square().sum();
}

at::Tensor input_of(int rank) { return at::full({2, 3}, 0.1 * (rank + 1)); }

// The sums, from gradients of each input alone.
std::vector<at::Tensor> expected_sums(int size) {
  torch::nn::Sequential net = small_net();
  for (int rank = 0; rank < size; ++rank) loss_of(net, input_of(rank)).backward();
  std::vector<at::Tensor> sums;
  for (const at::Tensor& parameter : net->parameters()) sums.push_back(parameter.grad());
  return sums;
}

void expect_sums(int size, int64_t bucket_bytes, bool expects) {
  const std::vector<at::Tensor> expected = expected_sums(size);
  std::vector<torch::nn::Sequential> nets;  // the generator of random numbers is one for all
  for (int rank = 0; rank < size; ++rank) nets.push_back(small_net());
  run_together(size, [&](ProcessGroup& group) {
    torch::nn::Sequential& net = nets[static_cast<size_t>(group.rank())];
    GradientSum sum(group, net->parameters(), bucket_bytes);
    for (int step = 0; step < 3; ++step) {
      net->zero_grad();
      if (expects) sum.expect();
      loss_of(net, input_of(group.rank())).backward();
      sum.finish();
      const auto parameters = net->parameters();
      for (size_t i = 0; i < parameters.size(); ++i) {
        ASSERT_EQ(parameters[i].grad().defined(), expected[i].defined()) << i;
        if (!expected[i].defined()) continue;
        EXPECT_TRUE(at::allclose(parameters[i].grad(), expected[i], 1e-6)) << i;
      }
    }
  });
}

TEST(GradientSum, of_two_processes_in_buckets_that_leave_early) { expect_sums(2, 64, true); }
TEST(GradientSum, of_four_processes) { expect_sums(4, 64, true); }
TEST(GradientSum, all_at_the_end) { expect_sums(2, 64, false); }
TEST(GradientSum, in_one_bucket) { expect_sums(2, GradientSum::kBucketBytes, true); }

TEST(GradientSum, a_process_whose_backward_pass_was_cut_short_does_not_hold_up_the_others) {
  std::vector<torch::nn::Sequential> nets = {small_net(), small_net()};
  run_together(2, [&](ProcessGroup& group) {
    torch::nn::Sequential& net = nets[static_cast<size_t>(group.rank())];
    GradientSum sum(group, net->parameters(), 64);
    sum.expect();
    if (group.rank() == 0) loss_of(net, input_of(0)).backward();
    sum.finish();
  });
}

TEST(GradientSum, buckets_are_as_large_as_they_are_said_to_be) {
  run_together(1, [](ProcessGroup& group) {
    const torch::nn::Sequential net = small_net();
    // Weights and biases: 60, 20, 80, 16, 32, 8, 56 and 28 bytes, from the last one on: 28 + 56,
    // 8 + 32 + 16 + 80, 20 + 60.
    EXPECT_EQ(GradientSum(group, net->parameters(), 64).buckets(), 3);
    EXPECT_EQ(GradientSum(group, net->parameters(), 1).buckets(), 8);
    EXPECT_EQ(GradientSum(group, net->parameters(), 1000).buckets(), 1);
  });
}

}  // namespace
}  // namespace gpst
