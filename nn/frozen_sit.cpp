#include "nn/frozen_sit.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "nn/attention.h"
#include "nn/placed_weights.h"
#include "nn/sit_module.h"
#include "nn/weights.h"
#include "ops/device.h"
#include "ops/gate_residual.h"
#include "ops/layer_norm_modulate.h"

namespace gpst {
namespace {

// The parts of a block's modulation in their order. The last layer has the first two.
enum Part : int64_t {
  kAttentionShift,
  kAttentionScale,
  kAttentionGate,
  kMlpShift,
  kMlpScale,
  kMlpGate,
  kPartsOfBlock
};
constexpr int64_t kPartsOfLast = 2;

void require(bool holds, std::string_view what, const std::string& expected,
             const at::Tensor& found) {
  if (holds) return;
  throw InputError(fmt::format("SiT on fixed buffers: expected {} {}, found {} of type {}", what,
                               expected, c10::str(found.sizes()),
                               at::toString(found.scalar_type())));
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

// A net without blocks whose other weights are copies of those of `net`, in float32: coordinates,
// times and velocities pass through them, eight bits would be too coarse.
std::shared_ptr<const SitModule> copied_embedders(const Sit& net, at::Device device) {
  SitOptions options = net.options();
  options.depth = 0;
  if (device.is_cuda()) load_cuda_ops();
  auto copy = std::make_shared<SitModule>(options, net.condition_channels());
  std::unordered_map<std::string, at::Tensor> sources;
  for (const auto& [name, tensor] : named_state(net.module())) sources.emplace(name, tensor);
  for (const auto& [name, target] : named_state(*copy)) {
    replace_weight(target, sources.at(name).detach().to(device, at::kFloat, /*non_blocking=*/false,
                                                        /*copy=*/true));
  }
  return copy;
}

}  // namespace

FrozenSit::FrozenSit(const Sit& net, at::Device device, at::ScalarType type)
    : FrozenSit(net, device, type, [](const at::Tensor&) {}) {}

FrozenSit::FrozenSit(Sit&& net, at::Device device, at::ScalarType type)
    : FrozenSit(net, device, type, drop_weight) {}

FrozenSit::FrozenSit(const Sit& net, at::Device device, at::ScalarType type, AfterUse after_use)
    : options_(net.options()), embedders_(copied_embedders(net, device)) {
  const c10::NoGradGuard no_grad;
  const auto prepared = [&](const Affine& layer) {
    PreparedLinear made(layer.weight.detach().to(device), layer.bias.detach().to(device), type);
    after_use(layer.weight);
    return made;
  };
  const SitModule& source = *net.shared_module();
  for (const auto& block : source.blocks) {
    blocks_.push_back({prepared(*block->qkv), prepared(*block->proj), prepared(*block->fc1),
                       prepared(*block->fc2)});
    modulations_.push_back(prepared(*block->modulation->linear));
  }
  modulations_.push_back(prepared(*source.final_layer->modulation->linear));
}

at::Device FrozenSit::device() const { return embedders_->patch_weight.device(); }

SitSchedule FrozenSit::schedule(std::span<const float> times) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor t = at::tensor(at::ArrayRef<float>(times.data(), times.size())).to(device());
  return {{times.begin(), times.end()}, embedders_->embed_time(t)};
}

SitBatch FrozenSit::make_batch(const SitBatchSize& size, const SitSchedule& schedule) const {
  const c10::NoGradGuard no_grad;
  const int64_t labels = size.pictures + 1;
  const int64_t width = options_.hidden_size;
  const auto exact = at::TensorOptions().dtype(at::kFloat).device(device());
  const int64_t parts = (kPartsOfBlock * options_.depth + kPartsOfLast) * width;
  const auto table = exact.dtype(type());
  const int64_t step_bytes = labels * parts * static_cast<int64_t>(table.dtype().itemsize());
  const int64_t steps =
      std::clamp<int64_t>(size.table_bytes / step_bytes, 1, std::ssize(schedule.times));
  SitBatch batch;
  batch.added = embedders_->condition_channels > 0
                    ? at::zeros({size.pictures, size.tokens, width}, exact)
                    : embedders_->positions(size.tokens).to(at::kFloat);
  batch.labels = at::zeros({labels, width}, exact);
  if (embedders_->label_table.size(0) > options().num_classes) {
    batch.labels.select(0, size.pictures)
        .copy_(embedders_->label_table.select(0, options().num_classes));
  }
  batch.modulation = at::zeros({steps, labels, parts}, table);
  const at::Tensor rows = at::arange(2 * size.pictures, exact.dtype(at::kLong));
  batch.rows = at::clamp_max(rows, size.pictures);
  return batch;
}

void FrozenSit::fill(SitBatch& batch, const at::Tensor& y, const at::Tensor& condition) const {
  const c10::NoGradGuard no_grad;
  const int64_t pictures = batch.pictures();
  require(y.dim() == 1 && y.size(0) == pictures && y.scalar_type() == at::kLong, "classes",
          fmt::format("int64 [{}]", pictures), y);
  batch.labels.narrow(0, 0, pictures).copy_(embedders_->embed_labels(y));
  if (embedders_->condition_channels == 0) return;
  const int64_t tokens = batch.added.size(1);
  if (!condition.defined()) throw InputError("SiT on fixed buffers: this net needs a condition");
  require(condition.dim() == 3 && condition.size(0) == pictures && condition.size(1) == tokens &&
              condition.size(2) == embedders_->condition_channels,
          "condition", fmt::format("[{},{},{}]", pictures, tokens, embedders_->condition_channels),
          condition);
  batch.added.copy_(embedders_->embed_condition(condition));
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
  const at::Tensor input = at::silu(c).to(type());
  int64_t column = 0;
  for (const PreparedLinear& layer : modulations_) {
    batch.modulation.narrow(0, 0, count).narrow(2, column, layer.out()).copy_(layer(input));
    column += layer.out();
  }
}

at::Tensor FrozenSit::table_rows(const SitBatch& batch, const at::Tensor& index,
                                 int64_t rows) const {
  const at::Tensor first = at::remainder(index, batch.steps()) * batch.labels.size(0);  // [1]
  // In float32 from here: 1 + scale must not lose the small scales.
  return at::index_select(batch.modulation.flatten(0, 1), 0, batch.rows.narrow(0, 0, rows) + first)
      .to(at::kFloat);
}

// Each residual is added in the pass over memory that also takes the norm of the next layer.
at::Tensor FrozenSit::through_blocks(at::Tensor tokens, const at::Tensor& modulation) const {
  const Parts parts(modulation, options_.hidden_size);
  at::Tensor normed = layer_norm_modulate(tokens, parts.of(0, kAttentionShift),
                                          parts.of(0, kAttentionScale), kSitNormEps, type());
  const auto add_and_norm = [&](const at::Tensor& gate, const at::Tensor& y,
                                const at::Tensor& shift, const at::Tensor& scale) {
    ResidualAndNorm result = gate_residual_norm(tokens, gate, y, shift, scale);
    tokens = std::move(result.sum);
    normed = std::move(result.norm);
  };
  const size_t depth = blocks_.size();
  for (size_t i = 0; i < depth; ++i) {
    const Block& block = blocks_[i];
    const at::Tensor attended = frozen_attention(block.qkv(normed), options_.num_heads);
    add_and_norm(parts.of(i, kAttentionGate), block.proj(attended), parts.of(i, kMlpShift),
                 parts.of(i, kMlpScale));
    const at::Tensor out = block.fc2(block.fc1.gelu(normed));
    if (i + 1 == depth) return gate_residual(tokens, parts.of(i, kMlpGate), out);
    add_and_norm(parts.of(i, kMlpGate), out, parts.of(i + 1, kAttentionShift),
                 parts.of(i + 1, kAttentionScale));
  }
  return tokens;
}

at::Tensor FrozenSit::step(const at::Tensor& x, const at::Tensor& index, const SitBatch& batch,
                           SitRows rows) const {
  const c10::NoGradGuard no_grad;
  const int64_t pictures = batch.pictures(), channels = options().in_channels;
  require(x.dim() == 4 && x.size(0) == pictures && x.size(1) == channels &&
              x.size(2) == batch.added.size(1) && x.size(3) == 1,
          "tokens", fmt::format("[{},{},{},1]", pictures, channels, batch.added.size(1)), x);
  const bool both = rows == SitRows::both;
  if (both && embedders_->label_table.size(0) == options().num_classes) {
    throw InputError(
        "SiT on fixed buffers: the net was trained without dropping classes and has "
        "no rows without class; sample with a guidance of 1");
  }
  at::Tensor tokens = embedders_->embed_tokens(x) + batch.added;  // [B,l,D]
  if (both) tokens = at::cat({tokens, tokens});                   // [2B,l,D]
  const at::Tensor modulation = table_rows(batch, index, tokens.size(0));
  tokens = through_blocks(std::move(tokens), modulation);
  const Parts parts(modulation, options().hidden_size);
  const size_t end = blocks_.size();
  const at::Tensor normed =
      layer_norm_modulate(tokens, parts.of(end, kAttentionShift), parts.of(end, kAttentionScale),
                          kSitNormEps, at::kFloat);
  // The second half of the channels that learned variances had is inert: not computed.
  const Affine& out = *embedders_->final_layer->linear;
  return at::linear(normed, out.weight.narrow(0, 0, channels), out.bias.narrow(0, 0, channels))
      .transpose(1, 2);  // [R,C,l]
}

}  // namespace gpst
