#include "nn/sit_module.h"

#include <ATen/autocast_mode.h>

#include <cmath>
#include <string>

#include "nn/attention.h"
#include "ops/gelu.h"
#include "ops/modulated_tokens.h"

namespace gpst {
namespace {

constexpr int64_t kTimeFrequencies = 256;
constexpr double kLongestPeriod = 10000;

// A module that only gives its children a common prefix.
class Scope : public torch::nn::Module {};

template <class Parent>
std::shared_ptr<Scope> add_scope(Parent& parent, const std::string& name) {
  return parent.register_module(name, std::make_shared<Scope>());
}

template <class Parent>
std::shared_ptr<Affine> add_affine(Parent& parent, const std::string& name, int64_t in,
                                   int64_t out) {
  return parent.register_module(name, std::make_shared<Affine>(in, out));
}

// The type in which the products that follow compute.
at::ScalarType product_type(const at::Tensor& x) {
  const c10::DeviceType device = x.device().type();
  if (!x.is_cpu() && !x.is_cuda()) return x.scalar_type();  // autocast knows no others
  const bool autocast = at::autocast::is_autocast_enabled(device);
  return autocast ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

}  // namespace

SiluMlp::SiluMlp(int64_t in, int64_t hidden)
    : first(add_affine(*this, "0", in, hidden)), second(add_affine(*this, "2", hidden, hidden)) {}

at::Tensor SiluMlp::forward(const at::Tensor& x) const {
  return second->forward(at::silu(first->forward(x)));
}

Modulation::Modulation(int64_t hidden, int64_t parts)
    : linear(add_affine(*this, "1", hidden, parts * hidden)), parts_(parts) {}

std::vector<at::Tensor> Modulation::forward(const at::Tensor& c) const {
  // In float32 whatever the weights: 1 + scale must not lose the small scales.
  return linear->forward(at::silu(c)).to(at::kFloat).chunk(parts_, -1);
}

SitBlock::SitBlock(int64_t hidden, int64_t heads, int64_t mlp_hidden) : heads_(heads) {
  const auto attention = add_scope(*this, "attn");
  qkv = add_affine(*attention, "qkv", hidden, 3 * hidden);
  proj = add_affine(*attention, "proj", hidden, hidden);
  const auto mlp = add_scope(*this, "mlp");
  fc1 = add_affine(*mlp, "fc1", hidden, mlp_hidden);
  fc2 = add_affine(*mlp, "fc2", mlp_hidden, hidden);
  modulation = register_module("adaLN_modulation", std::make_shared<Modulation>(hidden, 6));
}

at::Tensor SitBlock::forward(const at::Tensor& x, const at::Tensor& c) const {
  return run(*this, {x, c}, [this](const auto& inputs) { return compute(inputs[0], inputs[1]); });
}

at::Tensor SitBlock::compute(at::Tensor x, const at::Tensor& c) const {
  // Shift, scale, gate of the attention, then of the MLP.
  const std::vector<at::Tensor> m = modulation->forward(c);
  const at::Tensor attended =
      multi_head_attention(qkv->forward(modulated_norm(x, m[0], m[1], product_type(x))), heads_);
  x = gated_sum(x, m[2], proj->forward(attended));
  const at::Tensor hidden = gelu_tanh(fc1->forward(modulated_norm(x, m[3], m[4], product_type(x))));
  return gated_sum(x, m[5], fc2->forward(hidden));
}

SitFinalLayer::SitFinalLayer(int64_t hidden, int64_t channels)
    : linear(add_affine(*this, "linear", hidden, channels)),
      modulation(register_module("adaLN_modulation", std::make_shared<Modulation>(hidden, 2))) {}

at::Tensor SitFinalLayer::forward(const at::Tensor& x, const at::Tensor& c) const {
  const std::vector<at::Tensor> m = modulation->forward(c);
  return linear->forward(modulated_norm(x, m[0], m[1], product_type(x)));
}

SitModule::SitModule(const SitOptions& resolved, int64_t condition_channels_in)
    : options(resolved), condition_channels(condition_channels_in) {
  const int64_t d = options.hidden_size, c = options.in_channels;
  const auto patch = add_scope(*add_scope(*this, "x_embedder"), "proj");
  patch_weight = patch->register_parameter("weight", at::zeros({d, c, 1, 1}));
  patch_bias = patch->register_parameter("bias", at::zeros({d}));
  time_mlp = add_scope(*this, "t_embedder")
                 ->register_module("mlp", std::make_shared<SiluMlp>(kTimeFrequencies, d));
  const int64_t label_rows = options.num_classes + (options.class_dropout_prob > 0 ? 1 : 0);
  label_table = add_scope(*add_scope(*this, "y_embedder"), "embedding_table")
                    ->register_parameter("weight", at::zeros({label_rows, d}));
  pos_embed = register_parameter("pos_embed", at::zeros({1, options.latent_size, d}));
  if (condition_channels > 0) {
    condition_mlp =
        register_module("cond_embedder", std::make_shared<SiluMlp>(condition_channels, d));
  }
  const auto list = add_scope(*this, "blocks");
  const auto mlp_hidden = static_cast<int64_t>(static_cast<double>(d) * options.mlp_ratio);
  for (int64_t i = 0; i < options.depth; ++i) {
    blocks.push_back(list->register_module(
        std::to_string(i), std::make_shared<SitBlock>(d, options.num_heads, mlp_hidden)));
  }
  final_layer = register_module(
      "final_layer", std::make_shared<SitFinalLayer>(d, options.learn_sigma ? 2 * c : c));
}

at::Tensor SitModule::embed_tokens(const at::Tensor& x) const {
  const at::Tensor rows = x.squeeze(-1).transpose(1, 2);  // [N,l,C]
  return at::linear(rows, patch_weight.flatten(1), patch_bias);
}

at::Tensor SitModule::embed_condition(const at::Tensor& condition) const {
  return condition_mlp->forward(condition);
}

at::Tensor SitModule::embed_time(const at::Tensor& t) const {
  return time_mlp->forward(time_frequencies(t));
}

at::Tensor SitModule::embed_labels(const at::Tensor& y) const {
  return at::embedding(label_table, y);
}

at::Tensor SitModule::positions(int64_t tokens) const { return pos_embed.narrow(1, 0, tokens); }

at::Tensor SitModule::velocity(at::Tensor tokens, const at::Tensor& c) const {
  tokens = tokens.to(at::kFloat);
  for (const auto& block : blocks) tokens = block->forward(tokens, c);
  const at::Tensor out = final_layer->forward(tokens, c);  // [N,l,C or 2C]
  return out.narrow(2, 0, options.in_channels)
      .transpose(1, 2)
      .unsqueeze(-1)
      .to(at::kFloat)
      .contiguous();  // [N,C,l,1]
}

at::Tensor time_frequencies(const at::Tensor& t) {
  const int64_t half = kTimeFrequencies / 2;
  const at::Tensor k = at::arange(half, at::TensorOptions().dtype(at::kFloat).device(t.device()));
  const at::Tensor frequency = at::exp(k * (-std::log(kLongestPeriod) / static_cast<double>(half)));
  const at::Tensor angle = t.to(at::kFloat).unsqueeze(1) * frequency;  // [N,128]
  return at::cat({at::cos(angle), at::sin(angle)}, 1);
}

}  // namespace gpst
