#include "train/tokenizer_stage.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/philox.h"
#include "eval/pixel_metrics.h"
#include "image/draw.h"
#include "image/png.h"
#include "nn/worker_threads.h"
#include "ops/token_columns.h"
#include "tokenizer/picture_tensor.h"
#include "train/replicas.h"

namespace gpst {
namespace {

constexpr int64_t kMebi = 1 << 20;
constexpr int64_t kSamplePictures = 16;

// Place i of `count` places spread evenly over a pool, which stands in the order of its classes.
int64_t spread(int64_t i, int64_t count, const std::vector<int64_t>& pool) {
  return i * static_cast<int64_t>(pool.size()) / count;
}

// A model for inference with the averaged weights.
std::shared_ptr<TokenizerModel> averaged_model(const TokenizerOptions& options, const Ema& ema) {
  auto model = std::make_shared<TokenizerModel>(options);
  ema.copy_to(*model);
  model->eval();
  return model;
}

at::Tensor reconstruct(TokenizerModel& model, const PictureBatch& batch) {
  const at::NoGradGuard no_gradients;
  return model.decode(model.encode(batch.pictures, batch.initial, batch.regions));  // [B,3,S,S]
}

}  // namespace

TokenizerStage::TokenizerStage(const TokenizerTraining& options, PictureSource source, Log& log)
    : options_(options),
      pictures_(std::move(source), options.tokenizer, ResizeMode::bilinear,
                options.data.cache_mb * kMebi, log),
      split_(split_held_out(pictures_.source(), options.data.held_out)),
      order_(static_cast<uint64_t>(options.train.seed), static_cast<int64_t>(split_.train.size())) {
  options_.loss.check();
  replicas_.push_back(std::make_shared<TokenizerModel>(options_.tokenizer));
  initialise(*replicas_.front(), static_cast<uint64_t>(options.train.seed));
}

void TokenizerStage::prepare_workers(int workers) {
  while (static_cast<int>(replicas_.size()) < workers) {
    replicas_.push_back(std::make_shared<TokenizerModel>(options_.tokenizer));
    share_parameters(model(), *replicas_.back());
  }
}

std::vector<std::string> TokenizerStage::train_metrics() const { return {"mse", "ssim_loss"}; }
std::vector<std::string> TokenizerStage::held_out_metrics() const {
  return {"held_out_psnr", "held_out_ssim"};
}

PictureRequest TokenizerStage::request_of(int64_t example) {
  int64_t place = 0;
  {
    const std::lock_guard lock(order_mutex_);
    place = order_.index(example);
  }
  PictureRequest request{.index = pictures_.readable(split_.train, place)};
  PhiloxStream coin(static_cast<uint64_t>(options_.train.seed), static_cast<uint64_t>(example),
                    Purpose::flip);
  request.flip = options_.data.flips && (coin.next_u32() & 1) != 0;
  return request;
}

// Features get normal noise whose deviation is uniform in [0, feature_noise] times the channel's
// own, so that the decoder forgives a generator's errors.
at::Tensor TokenizerStage::with_noise(const at::Tensor& tokens /*[B,l,5+c]*/,
                                      const BatchPart& part) const {
  if (options_.loss.feature_noise <= 0) return tokens;
  const at::Tensor geometry = tokens.narrow(2, 0, kGeometry);                           // [B,l,5]
  const at::Tensor features = tokens.narrow(2, kGeometry, tokens.size(2) - kGeometry);  // [B,l,c]
  at::Tensor noise = at::empty(features.sizes(), at::kFloat);
  for (int64_t i = 0; i < part.count; ++i) {
    PhiloxStream stream(static_cast<uint64_t>(options_.train.seed),
                        static_cast<uint64_t>(part.first + i), Purpose::feature_noise);
    const float level = stream.next_uniform() * static_cast<float>(options_.loss.feature_noise);
    at::Tensor row = noise[i];
    stream.fill_normal({row.data_ptr<float>(), static_cast<size_t>(row.numel())});
    row.mul_(level);
  }
  const at::Tensor deviation = at::std(features.detach(), at::IntArrayRef{0, 1}, /*unbiased=*/false,
                                       /*keepdim=*/true);  // [1,1,c]
  return at::cat({geometry, features + noise * deviation}, 2);
}

PartLoss TokenizerStage::loss(const BatchPart& part, int worker) {
  std::vector<PictureRequest> requests;
  for (int64_t i = 0; i < part.count; ++i) requests.push_back(request_of(part.first + i));
  const PictureBatch batch = pictures_.batch(requests);
  TokenizerModel& model = *replicas_[static_cast<size_t>(worker)];
  const at::Tensor tokens =
      model.encode(batch.pictures, batch.initial, batch.regions).to(at::kFloat);
  const at::Tensor pictures = model.decode(with_noise(tokens, part)).to(at::kFloat);
  const at::Tensor mse = at::mse_loss(pictures, batch.pictures);
  const at::Tensor ssim_loss = 1 - mean_ssim(pictures, batch.pictures);
  return {mse + options_.loss.ssim_weight * ssim_loss,
          {{"mse", mse.item<double>()}, {"ssim_loss", ssim_loss.item<double>()}}};
}

Metrics TokenizerStage::evaluate(const Ema& ema, int threads) {
  const auto count =
      std::min(options_.train.eval_count, static_cast<int64_t>(split_.held_out.size()));
  if (count == 0) return {};
  const auto model = averaged_model(options_.tokenizer, ema);
  std::vector<double> psnrs(static_cast<size_t>(count)), ssims(static_cast<size_t>(count));
  for_each_on_workers(count, threads, [&](int64_t i, int) {
    const PictureRequest request{
        .index = pictures_.readable(split_.held_out, spread(i, count, split_.held_out))};
    const Picture8 result =
        picture_from(reconstruct(*model, pictures_.batch({request}))[0], Rounding::nearest);
    const Picture8 original = pictures_.crop(request);
    psnrs[static_cast<size_t>(i)] = psnr(result, original).value_or(100.0);
    ssims[static_cast<size_t>(i)] = ssim(result, original);
  });
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  return {{"held_out_psnr", mean(psnrs)}, {"held_out_ssim", mean(ssims)}};
}

// Rows of originals over their reconstructions.
void TokenizerStage::write_samples(const Ema& ema, const std::filesystem::path& png) {
  const std::vector<int64_t>& pool = split_.held_out.empty() ? split_.train : split_.held_out;
  const auto model = averaged_model(options_.tokenizer, ema);
  std::vector<Picture8> originals, results;
  const auto count = std::min(kSamplePictures, static_cast<int64_t>(pool.size()));
  for (int64_t i = 0; i < count; ++i) {
    const PictureRequest request{.index = pictures_.readable(pool, spread(i, count, pool))};
    originals.push_back(pictures_.crop(request));
    results.push_back(
        picture_from(reconstruct(*model, pictures_.batch({request}))[0], Rounding::nearest));
  }
  originals.insert(originals.end(), results.begin(), results.end());
  write_png(png, make_grid(originals, {.columns = static_cast<int>(count)}));
}

std::string TokenizerStage::record_json() const {
  return nlohmann::json{{"pictures", split_.train.size()}, {"held_out", split_.held_out.size()}}
      .dump();
}

}  // namespace gpst
