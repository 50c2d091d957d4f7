#include "train/layout_stage.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/config_docs.h"
#include "base/error.h"
#include "flow/loss.h"
#include "flow/noise_source.h"
#include "image/draw.h"
#include "image/png.h"
#include "layout_gen/layout_transform.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

constexpr int64_t kSamplePictures = 16;

// What shapes the generator beside its data and the optimiser.
struct Shaping {
  LayoutOptions layout;
  TimeOptions time;
  TokenDataOptions data;
  void visit(FieldVisitor& v) {
    group(v, "layout", "the net, its path and its statistics", layout);
    group(v, "time", "how times are drawn", time);
    group(v, "data", "which rows", data);
  }
};
constexpr int kSampleSide = 128;

class LayoutNet : public TrainingNet {
 public:
  explicit LayoutNet(LayoutModel model) : model_(std::move(model)) {}

  torch::nn::Module& module() override { return model_.net().module(); }

  at::Tensor channel_losses(const TokenBatch& batch, const FlowDraws& draws) const override {
    const LayoutOptions& options = model_.options();
    const at::Tensor x1 = layout_target(batch.initial, options.statistics);  // [B,5,l,1]
    const FlowTarget target = flow_target(x1, draws.noise, draws.times, options.transport);
    const at::Device device = device_of(model_.net().module());
    const at::Tensor output = model_.forward(
        target.xt.to(device), at::tensor(draws.times).to(device), draws.labels.to(device));
    return flow_channel_losses(output.to(at::kFloat), target.to(device));  // [B,C]
  }

  const LayoutModel& model() const { return model_; }

 private:
  LayoutModel model_;
};

// One-sigma ellipses on black.
Picture8 picture_of(const Layout& layout /*one tile*/) {
  Picture8 picture(kSampleSide, kSampleSide);
  const double half = (kSampleSide - 1) / 2.0;
  const at::Tensor sigma = layout.sigma()[0].to(at::kCPU).contiguous();
  const at::Tensor mean = layout.mean()[0].to(at::kCPU).contiguous();
  const auto s = sigma.accessor<float, 2>(), m = mean.accessor<float, 2>();
  for (int64_t i = 0; i < layout.tokens(); ++i) {
    const double sx = s[i][0] * half, sy = s[i][1] * half;
    draw_ellipse(picture,
                 {.centre = {(m[i][0] + 1) * half, (m[i][1] + 1) * half},
                  .covariance = {.xx = sx * sx, .xy = 0, .yy = sy * sy}},
                 {.colour = {255, 200, 80}});
  }
  return picture;
}

}  // namespace

LayoutStage::LayoutStage(const LayoutTraining& options, TokenDataset data)
    : GeneratorStage(std::move(data), options.data, options.train), layout_(options.layout) {
  const TokenIndex& index = this->data().index();
  layout_.statistics = index.statistics.layout;
  if (layout_.model.latent_size != index.tokens) {
    throw ConfigError(fmt::format("layout.model.latent_size is {}, the pictures have {} tokens",
                                  layout_.model.latent_size, index.tokens));
  }
  shaped_by_ = to_yaml(Shaping{layout_, options.time, options.data});
  start(layout_.model, layout_.transport, options.time);
}

std::vector<ChannelGroup> LayoutStage::channel_groups() const {
  return {{.name = "sigma", .first = kSigmaX, .count = 2},
          {.name = "mean", .first = kX, .count = 2}};
}

std::unique_ptr<TrainingNet> LayoutStage::make_net() const {
  return std::make_unique<LayoutNet>(
      LayoutModel::fresh(layout_, static_cast<uint64_t>(train_options().seed)));
}

void LayoutStage::write_samples(const Ema& ema, const std::filesystem::path& png) {
  const at::NoGradGuard no_gradients;
  const auto net = averaged_net(ema);
  const LayoutSampler sampler =
      static_cast<const LayoutNet&>(*net).model().frozen(at::kCPU, at::kFloat);
  std::vector<Picture8> pictures;
  for (int64_t i = 0; i < kSamplePictures; ++i) {
    PhiloxNoise noise(static_cast<uint64_t>(train_options().seed), {i});
    const std::vector<int64_t> label = {data().label(i * data().size() / kSamplePictures)};
    pictures.push_back(picture_of(sampler.sample(label, noise, layout_.sampling)));
  }
  write_png(png, make_grid(pictures, {}));
}

std::string LayoutStage::record_json() const {
  return nlohmann::json{
      {"means", layout_.statistics.mean}, {"stds", layout_.statistics.std}, {"options", shaped_by_}}
      .dump();
}

}  // namespace gpst
