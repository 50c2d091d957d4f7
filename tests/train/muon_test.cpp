#include "train/muon.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>

#include "tests/support/temporary_folder.h"
#include "train/optimizer.h"

namespace gpst {
namespace {

// Parameters named as those of a transformer: blocks.0.weight (for Muon), head.weight and biases.
struct SmallNet : torch::nn::Module {
  explicit SmallNet(int64_t rows = 32) {
    at::manual_seed(2);
    blocks->push_back(torch::nn::Linear(16, rows));
    register_module("blocks", blocks);
    head = register_module("head", torch::nn::Linear(rows, 16));
  }
  at::Tensor& weight() { return blocks[0]->as<torch::nn::Linear>()->weight; }
  at::Tensor loss(const at::Tensor& x) {
    return head->forward(blocks[0]->as<torch::nn::Linear>()->forward(x)).square().sum();
  }
  torch::nn::ModuleList blocks;
  torch::nn::Linear head = nullptr;
};

TrainOptions muon_options() {
  TrainOptions options;
  options.optimizer = "muon";
  options.lr = 0.01;
  options.beta1 = 0.9;
  options.beta2 = 0.99;
  return options;
}

void update(SmallNet& net, Optimizer& optimizer) {
  optimizer.zero_gradients();
  net.loss(at::ones({1, 16})).backward();
  optimizer.step(0.01);
}

TEST(Muon, orthogonalizes_tall_and_wide_matrices) {
  at::manual_seed(1);
  for (const auto& [rows, columns] : {std::pair{24, 40}, {40, 24}}) {
    const at::Tensor matrix = at::randn({rows, columns});
    const at::Tensor result = orthogonalized(matrix);
    ASSERT_EQ(result.sizes(), matrix.sizes());
    const at::Tensor values = at::linalg_svdvals(result);
    EXPECT_GT(values.min().item<double>(), 0.6);
    EXPECT_LT(values.max().item<double>(), 1.25);
    // The directions are those of the matrix: U^T result V is diagonal.
    const auto [u, s, vh] = at::linalg_svd(matrix, /*full_matrices=*/false);
    const at::Tensor turned = u.t().mm(result).mm(vh.t());
    EXPECT_LT((turned - turned.diag().diag()).abs().max().item<double>(), 1e-4);
  }
}

TEST(Muon, takes_the_matrices_of_blocks_only) {
  EXPECT_TRUE(Muon::is_for("blocks.3.mlp.fc1.weight", at::zeros({64, 16})));
  EXPECT_TRUE(Muon::is_for("attnblocks.0.attn1.in_proj_weight", at::zeros({48, 16})));
  EXPECT_FALSE(Muon::is_for("blocks.3.mlp.fc1.bias", at::zeros({64})));
  EXPECT_FALSE(Muon::is_for("blocks.3.adaLN_modulation.1.weight", at::zeros({96, 16})));
  EXPECT_FALSE(Muon::is_for("final_layer.linear.weight", at::zeros({17, 16})));
  EXPECT_FALSE(Muon::is_for("attnblocks.0.roimlp.weight", at::zeros({1, 16})));
}

TEST(Muon, a_step_is_as_large_as_one_of_adam) {
  SmallNet net;
  const at::Tensor before = net.weight().detach().clone();
  Optimizer optimizer(net, muon_options());
  optimizer.zero_gradients();
  at::manual_seed(3);
  net.weight().mutable_grad() = at::randn_like(net.weight());
  optimizer.step(0.01);
  const at::Tensor moved = net.weight().detach() - before;
  const double rms = moved.square().mean().sqrt().item<double>();
  // 0.2 sqrt(32) u with 16 singular values near 1 in 32 x 16 entries.
  EXPECT_NEAR(rms, 0.01 * 0.2, 0.01 * 0.05);
  EXPECT_LT((moved * net.weight().grad()).sum().item<double>(), 0) << "against the gradient";
}

TEST(Muon, joint_projections_are_three_matrices) {
  SmallNet net(48);
  Optimizer optimizer(net, muon_options());
  optimizer.zero_gradients();
  at::manual_seed(4);
  at::Tensor gradient = at::randn_like(net.weight());
  gradient.narrow(0, 0, 16).mul_(1000);  // large queries must not silence keys and values
  net.weight().mutable_grad() = gradient;
  const at::Tensor before = net.weight().detach().clone();
  optimizer.step(0.01);
  const auto moved = (net.weight().detach() - before).chunk(3, 0);
  for (const at::Tensor& part : moved) {
    EXPECT_NEAR(part.norm().item<double>(), 0.01 * 0.2 * 4 * 4, 0.01 * 0.2 * 4);
  }
}

TEST(Muon, goes_on_from_a_saved_state) {
  TemporaryFolder folder;
  SmallNet a, b;
  Optimizer first(a, muon_options());
  update(a, first);
  save_tensors(folder / "optimizer.safetensors", first.state());
  {
    const at::NoGradGuard no_gradients;
    const auto source = a.parameters();
    auto target = b.parameters();
    for (size_t i = 0; i < source.size(); ++i) target[i].copy_(source[i]);
  }
  Optimizer second(b, muon_options());
  second.load(SafetensorsFile::open(folder / "optimizer.safetensors"));
  update(a, first);
  update(b, second);
  for (size_t i = 0; i < a.parameters().size(); ++i) {
    EXPECT_TRUE(at::equal(a.parameters()[i], b.parameters()[i])) << i;
  }
}

}  // namespace
}  // namespace gpst
