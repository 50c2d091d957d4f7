#include "train/generator_stage.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "base/error.h"
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
  return {nets_[static_cast<size_t>(worker)]->losses(part_of.tokens, part_of.draws).mean(), {}};
}

std::vector<std::string> GeneratorStage::held_out_metrics() const { return {"held_out_loss"}; }

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
  std::vector<double> sums(static_cast<size_t>((count + kBatch - 1) / kBatch));
  for_each_on_workers(static_cast<int64_t>(sums.size()), workers, [&](int64_t i, int) {
    const at::NoGradGuard no_gradients;
    const int64_t first = i * kBatch;
    const TokenBatch batch = examples_.held_out_batch(first, std::min(kBatch, count - first));
    const FlowDraws draws = examples_.held_out_draws(batch, first, draws_);
    sums[static_cast<size_t>(i)] = net->losses(batch, draws).sum().item<double>();
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return {{"held_out_loss", sum / static_cast<double>(count)}};
}

}  // namespace gpst
