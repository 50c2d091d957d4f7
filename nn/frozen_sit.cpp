#include "nn/frozen_sit.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "nn/attention.h"
#include "nn/placed_weights.h"
#include "nn/sit_module.h"
#include "ops/gate_residual.h"
#include "ops/layer_norm_modulate.h"

namespace gpst {
namespace {

// The parts of a block's modulation in their order. The last layer has a shift and a scale.
enum Part : int64_t {
  kAttentionShift,
  kAttentionScale,
  kAttentionGate,
  kMlpShift,
  kMlpScale,
  kMlpGate,
  kPartsOfBlock
};

void require(bool holds, std::string_view what, const std::string& expected,
             const at::Tensor& found) {
  if (holds) return;
  throw InputError(fmt::format("SiT on fixed buffers: expected {} {}, found {} of type {}", what,
                               expected, c10::str(found.sizes()),
                               at::toString(found.scalar_type())));
}

// The adaLN projections in the order of the layers.
std::vector<Affine*> modulations(const SitModule& net) {
  std::vector<Affine*> all;
  for (const auto& block : net.blocks) all.push_back(block->modulation->linear.get());
  all.push_back(net.final_layer->modulation->linear.get());
  return all;
}

// The shifts, scales and gates of one step.
class Parts {
 public:
  Parts(const at::Tensor& table /* [R,(6*depth+2)*D] float32 */, int64_t width)
      : table_(table), width_(width) {}
  // Number `part` of a block, or of the last layer, which follows the blocks: [R,D] view.
  at::Tensor of(size_t block, int64_t part) const {
    const int64_t index = static_cast<int64_t>(block) * kPartsOfBlock + part;
    return table_.narrow(1, index * width_, width_);
  }

 private:
  at::Tensor table_;
  int64_t width_;
};

// tanh-GELU of a projection. On CUDA cuBLASLt applies it to its accumulators, so that the widest
// tensor of a block is written once instead of written, read and written.
at::Tensor linear_gelu(const Affine& linear, const at::Tensor& x /* [R,l,D] */) {
  if (!x.is_cuda()) return at::gelu(linear.forward(x), "tanh");
  return at::_addmm_activation(linear.bias, x.flatten(0, 1), linear.weight.t(), 1, 1,
                               /*use_gelu=*/true)
      .unflatten(0, {x.size(0), x.size(1)});
}

// All blocks: tokens [R,l,D] float32 in and out. Each residual is added in the pass over memory
// that also takes the norm of the next layer.
at::Tensor through_blocks(const SitModule& net, at::Tensor tokens, const Parts& parts) {
  const at::ScalarType type = net.blocks.front()->qkv->weight.scalar_type();
  at::Tensor normed = layer_norm_modulate(tokens, parts.of(0, kAttentionShift),
                                          parts.of(0, kAttentionScale), kSitNormEps, type);
  const auto add_and_norm = [&](const at::Tensor& gate, const at::Tensor& y,
                                const at::Tensor& shift, const at::Tensor& scale) {
    ResidualAndNorm result = gate_residual_norm(tokens, gate, y, shift, scale);
    tokens = std::move(result.sum);
    normed = std::move(result.norm);
  };
  const size_t depth = net.blocks.size();
  for (size_t i = 0; i < depth; ++i) {
    const SitBlock& block = *net.blocks[i];
    const at::Tensor attended =
        multi_head_attention(block.qkv->forward(normed), net.options.num_heads);
    add_and_norm(parts.of(i, kAttentionGate), block.proj->forward(attended), parts.of(i, kMlpShift),
                 parts.of(i, kMlpScale));
    const at::Tensor out = block.fc2->forward(linear_gelu(*block.fc1, normed));
    if (i + 1 == depth) return gate_residual(tokens, parts.of(i, kMlpGate), out);
    add_and_norm(parts.of(i, kMlpGate), out, parts.of(i + 1, kAttentionShift),
                 parts.of(i + 1, kAttentionScale));
  }
  return tokens;
}

}  // namespace

FrozenSit::FrozenSit(const Sit& net, at::Device device, at::ScalarType type)
    : net_(net.to(device, type).shared_module()) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> weights, biases;
  for (const Affine* linear : modulations(*net_)) {
    weights.push_back(linear->weight);
    biases.push_back(linear->bias);
  }
  modulation_weight_ = at::cat(weights);
  modulation_bias_ = at::cat(biases);
  // A third of all weights: the net's own become views of the stacked ones.
  int64_t row = 0;
  for (Affine* linear : modulations(*net_)) {
    linear->weight.set_data(modulation_weight_.narrow(0, row, linear->weight.size(0)));
    row += linear->weight.size(0);
  }
}

const SitOptions& FrozenSit::options() const { return net_->options; }

SitSchedule FrozenSit::schedule(std::span<const float> times) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor t = at::tensor(at::ArrayRef<float>(times.data(), times.size())).to(device());
  return {{times.begin(), times.end()}, net_->embed_time(t)};
}

SitBatch FrozenSit::make_batch(const SitBatchSize& size, const SitSchedule& schedule) const {
  const c10::NoGradGuard no_grad;
  const int64_t labels = size.pictures + 1;
  const int64_t width = net_->options.hidden_size;
  const auto exact = at::TensorOptions().dtype(at::kFloat).device(device());
  const int64_t step_bytes =
      labels * modulation_weight_.size(0) * static_cast<int64_t>(modulation_weight_.itemsize());
  const int64_t steps =
      std::clamp<int64_t>(size.table_bytes / step_bytes, 1, std::ssize(schedule.times));
  SitBatch batch;
  batch.added = net_->condition_channels > 0 ? at::zeros({size.pictures, size.tokens, width}, exact)
                                             : net_->positions(size.tokens).to(at::kFloat);
  batch.labels = at::zeros({labels, width}, exact);
  if (net_->label_table.size(0) > options().num_classes) {
    batch.labels.select(0, size.pictures).copy_(net_->label_table.select(0, options().num_classes));
  }
  batch.modulation =
      at::zeros({steps, labels, modulation_weight_.size(0)}, modulation_weight_.options());
  const at::Tensor rows = at::arange(2 * size.pictures, exact.dtype(at::kLong));
  batch.rows = at::clamp_max(rows, size.pictures);
  return batch;
}

void FrozenSit::fill(SitBatch& batch, const at::Tensor& y, const at::Tensor& condition) const {
  const c10::NoGradGuard no_grad;
  const int64_t pictures = batch.pictures();
  require(y.dim() == 1 && y.size(0) == pictures && y.scalar_type() == at::kLong, "classes",
          fmt::format("int64 [{}]", pictures), y);
  batch.labels.narrow(0, 0, pictures).copy_(net_->embed_labels(y));
  if (net_->condition_channels == 0) return;
  const int64_t tokens = batch.added.size(1);
  if (!condition.defined()) throw InputError("SiT on fixed buffers: this net needs a condition");
  require(condition.dim() == 3 && condition.size(0) == pictures && condition.size(1) == tokens &&
              condition.size(2) == net_->condition_channels,
          "condition", fmt::format("[{},{},{}]", pictures, tokens, net_->condition_channels),
          condition);
  batch.added.copy_(net_->embed_condition(condition));
}

void FrozenSit::load_steps(SitBatch& batch, const SitSchedule& schedule, int64_t first) const {
  const c10::NoGradGuard no_grad;
  const int64_t times = std::ssize(schedule.times);
  if (first < 0 || first >= times || first % batch.steps() != 0) {
    throw InputError(
        fmt::format("SiT on fixed buffers: a table of {} steps cannot begin at step "
                    "{} of {}",
                    batch.steps(), first, times));
  }
  const int64_t count = std::min(batch.steps(), times - first);
  const at::Tensor c =
      schedule.embedding.narrow(0, first, count).unsqueeze(1) + batch.labels;  // [count,B+1,D]
  const at::Tensor input = at::silu(c).to(modulation_weight_.scalar_type()).flatten(0, 1);
  at::Tensor table = batch.modulation.narrow(0, 0, count).flatten(0, 1);  // [count*(B+1),n*D]
  at::addmm_out(table, modulation_bias_, input, modulation_weight_.t());
}

at::Tensor FrozenSit::table_rows(const SitBatch& batch, const at::Tensor& index,
                                 int64_t rows) const {
  const at::Tensor first = at::remainder(index, batch.steps()) * batch.labels.size(0);  // [1]
  // In float32 from here: 1 + scale must not lose the small scales.
  return at::index_select(batch.modulation.flatten(0, 1), 0, batch.rows.narrow(0, 0, rows) + first)
      .to(at::kFloat);
}

at::Tensor FrozenSit::step(const at::Tensor& x, const at::Tensor& index, const SitBatch& batch,
                           SitRows rows) const {
  const c10::NoGradGuard no_grad;
  const int64_t pictures = batch.pictures(), channels = options().in_channels;
  require(x.dim() == 4 && x.size(0) == pictures && x.size(1) == channels &&
              x.size(2) == batch.added.size(1) && x.size(3) == 1,
          "tokens", fmt::format("[{},{},{},1]", pictures, channels, batch.added.size(1)), x);
  const bool both = rows == SitRows::both;
  if (both && net_->label_table.size(0) == options().num_classes) {
    throw InputError(
        "SiT on fixed buffers: the net was trained without dropping classes and has "
        "no rows without class; sample with a guidance of 1");
  }
  at::Tensor tokens = net_->embed_tokens(x) + batch.added;  // [B,l,D]
  if (both) tokens = at::cat({tokens, tokens});             // [2B,l,D]
  const Parts parts(table_rows(batch, index, tokens.size(0)), options().hidden_size);
  tokens = through_blocks(*net_, std::move(tokens), parts);
  const size_t end = net_->blocks.size();
  const at::Tensor normed =
      layer_norm_modulate(tokens, parts.of(end, kAttentionShift), parts.of(end, kAttentionScale),
                          kSitNormEps, at::kFloat);
  // The second half of the channels that learned variances had is inert: not computed.
  const Affine& out = *net_->final_layer->linear;
  return at::linear(normed, out.weight.narrow(0, 0, channels), out.bias.narrow(0, 0, channels))
      .transpose(1, 2);  // [R,C,l]
}

}  // namespace gpst
