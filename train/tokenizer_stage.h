// Tokenizer training: picture -> tokens -> picture (numerics.md 10).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tokenizer/model.h"
#include "train/batch_ahead.h"
#include "train/example_order.h"
#include "train/held_out.h"
#include "train/options.h"
#include "train/patch_discriminator.h"
#include "train/picture_options.h"
#include "train/stage.h"
#include "train/tokenizer_loss.h"
#include "train/training_pictures.h"

namespace gpst {

struct TokenizerTraining {
  TokenizerOptions tokenizer;
  TrainOptions train;
  PictureDataOptions data;
  LossOptions loss;
};

// The loss is tokenizer_loss.h; its adversary, where there is one, judges a worker's part of the
// batch by itself: norms and the balance of gradients are those of the part.
class TokenizerStage : public Stage {
 public:
  // Weights as at the start of training, from train.seed; load others into model() afterwards.
  // Pictures that cannot be read are warned of and left out. The log says which losses run.
  // `networks` must have what options.loss uses.
  TokenizerStage(const TokenizerTraining& options, LossNetworks networks, PictureSource source,
                 Log& log);

  std::string name() const override { return "tokenizer"; }
  torch::nn::Module& model() override { return *replicas_.front(); }
  torch::nn::Module& replica(int worker) override { return *replicas_[worker]; }
  void prepare_workers(int workers) override;
  std::vector<std::string> train_metrics() const override;
  PartLoss loss(const BatchPart& part, int worker) override;
  bool has_adversary(int64_t step) const override;
  StepTargets targets(int64_t step) const override;
  void start_adversary() override;
  torch::nn::Module& adversary(int worker) override {
    return discriminators_[static_cast<size_t>(worker)].module();
  }
  double adversary_lr_factor() const override { return options_.loss.disc_lr_factor; }
  std::vector<std::string> held_out_metrics() const override;
  Metrics evaluate(const Ema& ema, int threads) override;
  void write_samples(const Ema& ema, const std::filesystem::path& png) override;
  std::string record_json() const override;
  double data_seconds() const override { return ahead_.waited_seconds(); }
  int64_t rejected_inputs() const override { return pictures_.rejected(); }

 private:
  PictureRequest request_of(int64_t example);
  std::vector<PictureRequest> requests_of(const BatchPart& part);
  // Of a part, where the model is.
  PictureBatch batch_of(const BatchPart& part);
  // Pictures of a pool in groups, each reconstructed and handed on with its number in 0..count-1.
  void reconstruct_spread(
      const Ema& ema, const std::vector<int64_t>& pool, int64_t count, int threads,
      const std::function<void(int64_t i, const Picture8& original, const Picture8& result)>& take);
  at::Tensor reconstruct_noisy(const TokenizerModel& model, const PictureBatch& batch,
                               const BatchPart& part) const;
  at::Tensor with_noise(const at::Tensor& tokens, const BatchPart& part) const;

  TokenizerTraining options_;
  TrainingPictures pictures_;
  HeldOutSplit split_;
  ExampleOrder order_;
  TokenizerLoss loss_;
  std::vector<std::shared_ptr<TokenizerModel>> replicas_;
  std::vector<PatchDiscriminator> discriminators_;  // one a replica, from start_adversary() on
  BatchAhead<PictureBatch> ahead_;
};

}  // namespace gpst
