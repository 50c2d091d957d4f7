#include "train/texture_stage.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/config_docs.h"
#include "base/error.h"
#include "flow/loss.h"
#include "flow/noise_source.h"
#include "image/draw.h"
#include "image/png.h"
#include "ops/token_columns.h"
#include "texture_gen/texture_target.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

constexpr int64_t kSamplePictures = 16;

// What shapes the generator beside its data and the optimiser.
struct Shaping {
  TextureOptions texture;
  TimeOptions time;
  TokenDataOptions data;
  void visit(FieldVisitor& v) {
    group(v, "texture", "the net, its path and its statistics", texture);
    group(v, "time", "how times are drawn", time);
    group(v, "data", "which rows", data);
  }
};

class TextureNet : public TrainingNet {
 public:
  TextureNet(TextureModel model, at::Tensor condition_std)
      : model_(std::move(model)), condition_std_(std::move(condition_std)) {}

  torch::nn::Module& module() override { return model_.net().module(); }

  at::Tensor channel_losses(const TokenBatch& batch, const FlowDraws& draws) const override {
    const TextureOptions& options = model_.options();
    const at::Tensor x1 =
        texture_target(batch.tokens, batch.initial, options.statistics);  // [B,5+c,l,1]
    const FlowTarget target = flow_target(x1, draws.noise, draws.times, options.transport);
    const at::Tensor condition =
        options.condition_noise > 0
            ? noisy_condition(batch.initial, draws.condition_noise, condition_std_,
                              options.condition_noise)
            : batch.initial;  // [B,l,5]
    const at::Device device = device_of(model_.net().module());
    const at::Tensor output =
        model_.forward(target.xt.to(device), at::tensor(draws.times).to(device),
                       draws.labels.to(device), condition.to(device));
    return flow_channel_losses(output.to(at::kFloat), target.to(device));  // [B,C]
  }

  const TextureModel& model() const { return model_; }

 private:
  TextureModel model_;
  at::Tensor condition_std_;  // [5]
};

}  // namespace

TextureStage::TextureStage(const TextureTraining& options, TokenDataset data,
                           std::shared_ptr<const Tokenizer> decoder)
    : GeneratorStage(std::move(data), options.data, options.train),
      texture_(options.texture),
      decoder_(std::move(decoder)) {
  const TokenIndex& index = this->data().index();
  texture_.statistics = index.statistics.texture;
  if (texture_.model.in_channels != index.channels) {
    throw ConfigError(fmt::format("texture.model.in_channels is {}, the tokens have {} channels",
                                  texture_.model.in_channels, index.channels));
  }
  shaped_by_ = to_yaml(Shaping{texture_, options.time, options.data});
  start(texture_.model, texture_.transport, options.time);
}

std::vector<ChannelGroup> TextureStage::channel_groups() const {
  const int64_t channels = texture_.model.in_channels;
  return {{.name = "geometry", .first = 0, .count = kGeometry},
          {.name = "texture", .first = kGeometry, .count = channels - kGeometry}};
}

std::unique_ptr<TrainingNet> TextureStage::make_net() const {
  return std::make_unique<TextureNet>(
      TextureModel::fresh(texture_, static_cast<uint64_t>(train_options().seed)),
      at::tensor(data().index().statistics.condition_std, at::kFloat));
}

// Pictures of evenly spaced rows' classes and layouts, with a cheap solver.
void TextureStage::write_samples(const Ema& ema, const std::filesystem::path& png) {
  if (!decoder_) return;
  const at::NoGradGuard no_gradients;
  const auto net = averaged_net(ema);
  const TextureSampler sampler =
      static_cast<const TextureNet&>(*net).model().frozen(at::kCPU, at::kFloat);
  SamplingOptions sampling;
  sampling.solver = Solver::euler;
  sampling.steps = 26;
  sampling.cfg = 2.5;
  sampling.interval = {0, 1000};
  std::vector<Picture8> pictures;
  for (int64_t i = 0; i < kSamplePictures; ++i) {
    const TokenBatch row = data().batch({{.index = i * data().size() / kSamplePictures}});
    PhiloxNoise noise(static_cast<uint64_t>(train_options().seed), {i});
    const Tokens tokens = sampler.sample(Layout(row.initial), row.labels, noise, sampling);
    pictures.push_back(picture_from(decoder_->decode(tokens).to(at::kCPU), Rounding::nearest));
  }
  write_png(png, make_grid(pictures, {}));
}

std::string TextureStage::record_json() const {
  return nlohmann::json{{"means", texture_.statistics.mean},
                        {"stds", texture_.statistics.std},
                        {"tokenizer_hash", data().index().tokenizer_hash},
                        {"options", shaped_by_}}
      .dump();
}

}  // namespace gpst
