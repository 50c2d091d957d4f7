// What training of the two generators has in common: tokens, the flow-matching loss, its average
// over held-out rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/sit.h"
#include "train/batch_ahead.h"
#include "train/options.h"
#include "train/stage.h"
#include "train/token_examples.h"

namespace gpst {

// A generator as training sees it.
class TrainingNet {
 public:
  virtual ~TrainingNet() = default;
  virtual torch::nn::Module& module() = 0;
  // Flow-matching loss of every example and channel, where the net is: [B,C]. Takes what is on the
  // host.
  virtual at::Tensor channel_losses(const TokenBatch& batch, const FlowDraws& draws) const = 0;
};

// Channels whose loss stands in metrics.csv beside that of all, as loss_NAME and
// held_out_loss_NAME: the mean of the channels first, ..., first + count - 1.
struct ChannelGroup {
  std::string name;
  int64_t first = 0;
  int64_t count = 0;
};

// Where the parameters of a net are.
at::Device device_of(const torch::nn::Module& net);

class GeneratorStage : public Stage {
 public:
  torch::nn::Module& model() override { return nets_.front()->module(); }
  torch::nn::Module& replica(int worker) override {
    return nets_[static_cast<size_t>(worker)]->module();
  }
  void prepare_workers(int workers) override;
  std::vector<std::string> train_metrics() const override;
  PartLoss loss(const BatchPart& part, int worker) override;
  std::vector<std::string> held_out_metrics() const override;
  Metrics evaluate(const Ema& ema, int threads) override;
  double data_seconds() const override { return ahead_.waited_seconds(); }

 protected:
  GeneratorStage(TokenDataset data, const TokenDataOptions& options, const TrainOptions& train);

  // Makes the first net; constructors of the stages call it when they are ready for make_net().
  // ConfigError when the net has fewer classes than the tokens.
  void start(const SitOptions& net, const TransportOptions& transport, const TimeOptions& time);
  virtual std::unique_ptr<TrainingNet> make_net() const = 0;
  virtual std::vector<ChannelGroup> channel_groups() const = 0;
  // A net of make_net() on the device of the training.
  std::unique_ptr<TrainingNet> placed_net() const;
  std::unique_ptr<TrainingNet> averaged_net(const Ema& ema) const;
  const TokenDataset& data() const { return examples_.data(); }
  const TrainOptions& train_options() const { return train_; }

 private:
  // What a part needs from the host.
  struct Examples {
    TokenBatch tokens;
    FlowDraws draws;
  };
  Examples examples_of(const BatchPart& part);
  // Means of the groups, from the means of the channels [C].
  Metrics group_losses(const at::Tensor& channels, const std::string& prefix) const;

  TokenExamples examples_;
  TrainOptions train_;
  DrawOptions draws_;
  std::vector<std::unique_ptr<TrainingNet>> nets_;
  BatchAhead<Examples> ahead_;
};

}  // namespace gpst
