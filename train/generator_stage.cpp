#include "train/generator_stage.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "base/error.h"
#include "nn/activation_checkpointing.h"
#include "nn/worker_threads.h"
#include "train/replicas.h"

namespace gpst {

at::Device device_of(const torch::nn::Module& net) { return net.parameters().front().device(); }

GeneratorStage::GeneratorStage(TokenDataset data, const TokenDataOptions& options,
                               const TrainOptions& train)
    : examples_(std::move(data), options, train.seed),
      train_(train),
      ahead_([this](const BatchPart& part) { return examples_of(part); }, train.batch_size) {}

std::unique_ptr<TrainingNet> GeneratorStage::placed_net() const {
  std::unique_ptr<TrainingNet> net = make_net();
  net->module().to(train_.device);
  recompute_blocks(net->module(), train_.activation_checkpointing);
  return net;
}

GeneratorStage::Examples GeneratorStage::examples_of(const BatchPart& part) {
  TokenBatch tokens = examples_.batch(part);
  FlowDraws draws = examples_.draws(tokens, part, draws_);
  return {std::move(tokens), std::move(draws)};
}

void GeneratorStage::start(const SitOptions& net, const TransportOptions& transport,
                           const TimeOptions& time) {
  if (const int64_t classes = data().index().classes; net.num_classes < classes) {
    throw ConfigError(fmt::format("{}.model.num_classes is {}, the tokens have {} classes", name(),
                                  net.num_classes, classes));
  }
  draws_ = {.time = time,
            .transport = transport,
            .label_drop = net.class_dropout_prob,
            .no_class = net.num_classes,
            .channels = net.in_channels};
  nets_.push_back(placed_net());
}

void GeneratorStage::prepare_workers(int workers) {
  while (static_cast<int>(nets_.size()) < workers) {
    nets_.push_back(placed_net());
    share_parameters(model(), nets_.back()->module());
  }
}

PartLoss GeneratorStage::loss(const BatchPart& part, int worker) {
  const Examples part_of = ahead_.take(part);
  const at::Tensor losses =
      nets_[static_cast<size_t>(worker)]->channel_losses(part_of.tokens, part_of.draws);  // [B,C]
  return {losses.mean(), group_losses(losses.detach().mean(0), "loss_")};
}

Metrics GeneratorStage::group_losses(const at::Tensor& channels, const std::string& prefix) const {
  const at::Tensor values = channels.to(at::kCPU, at::kDouble);
  Metrics metrics;
  for (const ChannelGroup& group : channel_groups()) {
    metrics.emplace_back(prefix + group.name,
                         values.narrow(0, group.first, group.count).mean().item<double>());
  }
  return metrics;
}

std::vector<std::string> GeneratorStage::train_metrics() const {
  std::vector<std::string> names;
  for (const ChannelGroup& group : channel_groups()) names.push_back("loss_" + group.name);
  return names;
}

std::vector<std::string> GeneratorStage::held_out_metrics() const {
  std::vector<std::string> names = {"held_out_loss"};
  for (const std::string& name : train_metrics()) names.push_back("held_out_" + name);
  return names;
}

std::unique_ptr<TrainingNet> GeneratorStage::averaged_net(const Ema& ema) const {
  std::unique_ptr<TrainingNet> net = placed_net();
  ema.copy_to(net->module());
  net->module().eval();
  return net;
}

Metrics GeneratorStage::evaluate(const Ema& ema, int threads) {
  const int64_t count = std::min(examples_.held_out(), train_.eval_count);
  if (count == 0) return {};
  constexpr int64_t kBatch = 16;
  const auto net = averaged_net(ema);
  const int workers = train_.device.is_cpu() ? threads : 1;
  std::vector<at::Tensor> sums(static_cast<size_t>((count + kBatch - 1) / kBatch));  // [C] each
  for_each_on_workers(static_cast<int64_t>(sums.size()), workers, [&](int64_t i, int) {
    const at::NoGradGuard no_gradients;
    const int64_t first = i * kBatch;
    const TokenBatch batch = examples_.held_out_batch(first, std::min(kBatch, count - first));
    const FlowDraws draws = examples_.held_out_draws(batch, first, draws_);
    sums[static_cast<size_t>(i)] =
        net->channel_losses(batch, draws).to(at::kCPU, at::kDouble).sum(0);
  });
  const at::Tensor means = at::stack(sums).sum(0) / static_cast<double>(count);  // [C]
  Metrics metrics = {{"held_out_loss", means.mean().item<double>()}};
  const Metrics groups = group_losses(means, "held_out_loss_");
  metrics.insert(metrics.end(), groups.begin(), groups.end());
  return metrics;
}

}  // namespace gpst
