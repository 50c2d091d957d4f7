// Every stage of the generator's net against the original's numbers.
#include <gtest/gtest.h>

#include "nn/sit_module.h"
#include "tests/support/golden_sit.h"

namespace gpst {
namespace {

constexpr Tolerance kTight{.absolute = 2e-5};

class SitGolden : public ::testing::Test {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, name); }

  // "sub" tensors hold every stride-th token.
  at::Tensor tokens_of_sub(const at::Tensor& whole, const at::Tensor& sub) const {
    return whole.slice(1, 0, whole.size(1), whole.size(1) / sub.size(1));
  }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
  Sit net_ = golden_sit("generator", io("fwd_cond").size(2));
  c10::NoGradGuard no_grad_;
};

TEST_F(SitGolden, forward) {
  const at::Tensor out = net_.forward(io("fwd_x"), io("fwd_t"), io("fwd_y"), io("fwd_cond"));
  EXPECT_TRUE(tensors_close(out, io("fwd_out"), kTight));
}

TEST_F(SitGolden, forward_without_condition) {
  const at::Tensor out = net_.forward(io("fwd_x"), io("fwd_t"), io("fwd_y"));
  EXPECT_TRUE(tensors_close(out, io("fwd_out_no_cond"), kTight));
}

TEST_F(SitGolden, stages) {
  SafetensorsFile weights = open_golden("generator/model.safetensors");
  SitModule module(net_.options(), net_.condition_channels());
  load_weights(module, weights, {}, Log::silent());
  EXPECT_TRUE(tensors_close(time_frequencies(io("fwd_t")), io("fwd_t_freq"), kTight));
  const at::Tensor time = module.embed_time(io("fwd_t"));
  EXPECT_TRUE(tensors_close(time, io("fwd_t_emb"), kTight));
  const auto expect_sub = [&](const at::Tensor& whole, const std::string& name) {
    EXPECT_TRUE(tensors_close(tokens_of_sub(whole, io(name)), io(name), kTight)) << name;
  };
  const at::Tensor embedded = module.embed_tokens(io("fwd_x"));
  const at::Tensor condition = module.embed_condition(io("fwd_cond"));
  expect_sub(embedded, "fwd_x_emb_sub");
  expect_sub(condition, "fwd_cond_emb_sub");
  const at::Tensor c = time + module.embed_labels(io("fwd_y"));
  at::Tensor tokens = embedded + condition;
  for (size_t i = 0; i < module.blocks.size(); ++i) {
    tokens = module.blocks[i]->forward(tokens, c);
    expect_sub(tokens, "fwd_block" + std::to_string(i) + "_sub");
  }
  expect_sub(module.final_layer->forward(tokens, c), "fwd_final_layer_sub");
}

}  // namespace
}  // namespace gpst
