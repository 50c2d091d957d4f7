#include "train/tokenizer_stage.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/philox.h"
#include "eval/pixel_metrics.h"
#include "image/draw.h"
#include "image/png.h"
#include "nn/activation_checkpointing.h"
#include "nn/worker_threads.h"
#include "ops/token_columns.h"
#include "tokenizer/picture_tensor.h"
#include "train/replicas.h"

namespace gpst {
namespace {

constexpr int64_t kMebi = 1 << 20;
constexpr int64_t kSamplePictures = 16;
constexpr int64_t kPicturesAtOnce = 16;  // on a GPU

// Place i of `count` places spread evenly over a pool, which stands in the order of its classes.
int64_t spread(int64_t i, int64_t count, const std::vector<int64_t>& pool) {
  return i * static_cast<int64_t>(pool.size()) / count;
}

// A model for inference with the averaged weights.
std::shared_ptr<TokenizerModel> averaged_model(const TokenizerTraining& options, const Ema& ema) {
  auto model = std::make_shared<TokenizerModel>(options.tokenizer);
  model->to(options.train.device);
  ema.copy_to(*model);
  model->eval();
  return model;
}

PictureBatch on_device(const PictureBatch& batch, at::Device device) {
  return {.pictures = batch.pictures.to(device),
          .initial = batch.initial.to(device),
          .regions = batch.regions.to(device)};
}

at::Tensor reconstruct(TokenizerModel& model, const PictureBatch& batch) {
  const at::NoGradGuard no_gradients;
  const at::Tensor pictures =
      model.decode(model.encode(batch.pictures, batch.initial, batch.regions));  // [B,3,S,S]
  return pictures.to(at::kCPU);
}

}  // namespace

TokenizerStage::TokenizerStage(const TokenizerTraining& options, LossNetworks networks,
                               PictureSource source, Log& log)
    : options_(options),
      pictures_(std::move(source), options.tokenizer, ResizeMode::bilinear,
                options.data.cache_mb * kMebi, log),
      split_(split_held_out(pictures_.source(), options.data.held_out)),
      order_(static_cast<uint64_t>(options.train.seed), static_cast<int64_t>(split_.train.size())),
      loss_(options.loss, std::move(networks)),
      ahead_(
          [this](const BatchPart& part) {
            // On the CPU there is a part a worker, each made by a thread of its own.
            const TrainOptions& train = options_.train;
            const int threads = train.device.is_cpu() ? 1 : train.loading_threads;
            return pictures_.batch(requests_of(part), threads);
          },
          options.train.batch_size) {
  log.info("loss: " + loss_.description());
  replicas_.push_back(std::make_shared<TokenizerModel>(options_.tokenizer));
  initialise(*replicas_.front(), static_cast<uint64_t>(options.train.seed));
  replicas_.front()->to(options_.train.device);
  recompute_blocks(model(), options_.train.activation_checkpointing);
}

void TokenizerStage::prepare_workers(int workers) {
  while (static_cast<int>(replicas_.size()) < workers) {
    replicas_.push_back(std::make_shared<TokenizerModel>(options_.tokenizer));
    share_parameters(model(), *replicas_.back());
    recompute_blocks(*replicas_.back(), options_.train.activation_checkpointing);
  }
}

std::vector<std::string> TokenizerStage::train_metrics() const { return loss_.metric_names(); }
std::vector<std::string> TokenizerStage::held_out_metrics() const {
  return {"held_out_psnr", "held_out_ssim"};
}

PictureRequest TokenizerStage::request_of(int64_t example) {
  PictureRequest request{.index = pictures_.readable(split_.train, order_.index(example))};
  PhiloxStream coin(static_cast<uint64_t>(options_.train.seed), static_cast<uint64_t>(example),
                    Purpose::flip);
  request.flip = options_.data.flips && (coin.next_u32() & 1) != 0;
  return request;
}

std::vector<PictureRequest> TokenizerStage::requests_of(const BatchPart& part) {
  std::vector<PictureRequest> requests;
  for (int64_t i = 0; i < part.count; ++i) requests.push_back(request_of(part.first + i));
  return requests;
}

PictureBatch TokenizerStage::batch_of(const BatchPart& part) {
  return on_device(ahead_.take(part), options_.train.device);
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
  return at::cat({geometry, features + noise.to(features.device()) * deviation}, 2);
}

at::Tensor TokenizerStage::reconstruct_noisy(const TokenizerModel& model, const PictureBatch& batch,
                                             const BatchPart& part) const {
  const at::Tensor tokens =
      model.encode(batch.pictures, batch.initial, batch.regions).to(at::kFloat);  // [B,l,5+c]
  return model.decode(with_noise(tokens, part)).to(at::kFloat);                   // [B,3,S,S]
}

PartLoss TokenizerStage::loss(const BatchPart& part, int worker) {
  const PictureBatch batch = batch_of(part);
  const auto place = static_cast<size_t>(worker);
  const TokenizerModel& model = *replicas_[place];
  const StepTargets trained = targets(part.step);
  if (!trained.model) {
    const at::Tensor pictures = [&] {
      const at::NoGradGuard no_gradients;
      return reconstruct_noisy(model, batch, part);
    }();
    LossTerms terms = loss_.of_discriminator(discriminators_[place], pictures, batch.pictures);
    return {std::move(terms.loss), std::move(terms.metrics)};
  }
  const at::Tensor pictures = reconstruct_noisy(model, batch, part);
  std::optional<Adversary> adversary;
  if (has_adversary(part.step)) {
    adversary.emplace(Adversary{discriminators_[place], model.decoder().last_weight()});
  }
  LossTerms terms = loss_.of_model(pictures, batch.pictures, adversary);
  if (trained.adversary) {
    LossTerms more = loss_.of_discriminator(discriminators_[place], pictures, batch.pictures);
    terms.loss = terms.loss + more.loss;
    terms.metrics.insert(terms.metrics.end(), more.metrics.begin(), more.metrics.end());
  }
  return {std::move(terms.loss), std::move(terms.metrics)};
}

// disc_start counts updates, which begin at 0 in published runs; steps begin at 1.
bool TokenizerStage::has_adversary(int64_t step) const {
  return options_.loss.uses_discriminator() && step - 1 >= options_.loss.disc_start;
}

StepTargets TokenizerStage::targets(int64_t step) const {
  if (!has_adversary(step)) return {};
  if (options_.loss.disc_steps == "joint") return {.model = true, .adversary = true};
  const bool even = (step - 1) % 2 == 0;
  return {.model = even, .adversary = !even};
}

void TokenizerStage::start_adversary() {
  while (discriminators_.size() < replicas_.size()) {
    discriminators_.emplace_back(static_cast<uint64_t>(options_.train.seed));
    torch::nn::Module& added = discriminators_.back().module();
    added.to(options_.train.device);
    if (discriminators_.size() == 1) continue;
    share_parameters(adversary(0), added);
    // Running statistics are written in every forward pass: each replica has its own, and those of
    // the first are saved.
    for (at::Tensor& buffer : added.buffers()) buffer.set_data(buffer.clone());
  }
}

void TokenizerStage::reconstruct_spread(
    const Ema& ema, const std::vector<int64_t>& pool, int64_t count, int threads,
    const std::function<void(int64_t i, const Picture8& original, const Picture8& result)>& take) {
  const auto model = averaged_model(options_, ema);
  const at::Device device = options_.train.device;
  // One picture a thread on the CPU, some at a time on a GPU.
  const int64_t group = device.is_cpu() ? 1 : kPicturesAtOnce;
  const int workers = device.is_cpu() ? threads : 1;
  for_each_on_workers((count + group - 1) / group, workers, [&](int64_t g, int) {
    const int64_t first = g * group, end = std::min(count, first + group);
    std::vector<PictureRequest> requests;
    for (int64_t i = first; i < end; ++i) {
      requests.push_back({.index = pictures_.readable(pool, spread(i, count, pool))});
    }
    const at::Tensor results =
        reconstruct(*model, on_device(pictures_.batch(requests), device));  // [G,3,S,S]
    for (int64_t i = first; i < end; ++i) {
      take(i, pictures_.crop(requests[static_cast<size_t>(i - first)]),
           picture_from(results[i - first], Rounding::nearest));
    }
  });
}

Metrics TokenizerStage::evaluate(const Ema& ema, int threads) {
  const auto count =
      std::min(options_.train.eval_count, static_cast<int64_t>(split_.held_out.size()));
  if (count == 0) return {};
  std::vector<double> psnrs(static_cast<size_t>(count)), ssims(static_cast<size_t>(count));
  reconstruct_spread(ema, split_.held_out, count, threads,
                     [&](int64_t i, const Picture8& original, const Picture8& result) {
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
  const auto count = std::min(kSamplePictures, static_cast<int64_t>(pool.size()));
  std::vector<Picture8> pictures(static_cast<size_t>(2 * count));
  reconstruct_spread(ema, pool, count, 1,
                     [&](int64_t i, const Picture8& original, const Picture8& result) {
                       pictures[static_cast<size_t>(i)] = original;
                       pictures[static_cast<size_t>(count + i)] = result;
                     });
  write_png(png, make_grid(pictures, {.columns = static_cast<int>(count)}));
}

std::string TokenizerStage::record_json() const {
  return nlohmann::json{{"pictures", split_.train.size()},
                        {"held_out", split_.held_out.size()},
                        {"loss", loss_.description()}}
      .dump();
}

}  // namespace gpst
