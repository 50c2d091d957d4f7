#include "bench/referee/classifier.h"

#include <torch/nn/functional/loss.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <numbers>

#include "base/log.h"
#include "base/philox.h"
#include "nn/weights.h"
#include "train/example_order.h"

namespace gpst::bench {
namespace {

constexpr int64_t kWidths[] = {32, 64, 128, 256};
constexpr int64_t kLargestShift = 4;  // pixels
constexpr int64_t kBatch = 50;        // without gradients

torch::nn::Conv2d conv(int64_t in, int64_t out, int64_t stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
}

// norm(conv(relu(norm(conv x)))) + the shortcut, then relu.
struct Block : torch::nn::Module {
  Block(int64_t in, int64_t out, int64_t stride)
      : conv1(register_module("conv1", conv(in, out, stride))),
        norm1(register_module("norm1", torch::nn::BatchNorm2d(out))),
        conv2(register_module("conv2", conv(out, out, 1))),
        norm2(register_module("norm2", torch::nn::BatchNorm2d(out))),
        shortcut(register_module(
            "shortcut",
            torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)))) {}

  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = norm2(conv2(at::relu(norm1(conv1(x)))));
    return at::relu(y + shortcut(x));
  }

  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d norm1;
  torch::nn::Conv2d conv2;
  torch::nn::BatchNorm2d norm2;
  torch::nn::Conv2d shortcut;
};

}  // namespace

class ClassifierModule : public torch::nn::Module {
 public:
  explicit ClassifierModule(int64_t classes)
      : stem_(register_module("stem", conv(3, kWidths[0], 2))),
        norm_(register_module("norm", torch::nn::BatchNorm2d(kWidths[0]))),
        blocks_(register_module("blocks", torch::nn::ModuleList())),
        head_(register_module("head", torch::nn::Linear(kWidths[3], classes))) {
    int64_t in = kWidths[0];
    for (const int64_t width : kWidths) {
      blocks_->push_back(std::make_shared<Block>(in, width, in == width ? 1 : 2));
      blocks_->push_back(std::make_shared<Block>(width, width, 1));
      in = width;
    }
  }

  at::Tensor features(const at::Tensor& x /*[B,3,S,S]*/) {
    at::Tensor y = at::relu(norm_(stem_(x.contiguous(at::MemoryFormat::ChannelsLast))));
    for (const auto& block : *blocks_) y = block->as<Block>()->forward(y);
    return y.mean({2, 3});  // [B,256]
  }
  at::Tensor logits(const at::Tensor& features /*[B,256]*/) { return head_(features); }

 private:
  torch::nn::Conv2d stem_;
  torch::nn::BatchNorm2d norm_;
  torch::nn::ModuleList blocks_;
  torch::nn::Linear head_;
};

namespace {

// A picture mirrored by chance and moved by up to kLargestShift pixels, edges repeated.
at::Tensor varied(const at::Tensor& picture /*[3,S,S]*/, PhiloxStream& random) {
  const int64_t side = picture.size(2);
  const auto shift = [&] { return static_cast<int64_t>(random.next_below(2 * kLargestShift + 1)); };
  at::Tensor x = (random.next_u32() & 1) != 0 ? picture.flip({2}) : picture;
  x = at::replication_pad2d(x.unsqueeze(0),
                            {kLargestShift, kLargestShift, kLargestShift, kLargestShift});
  return x.narrow(2, shift(), side).narrow(3, shift(), side)[0];
}

at::Tensor varied_batch(const LabelledPictures& set, const std::vector<int64_t>& rows,
                        uint64_t seed, int64_t first) {
  std::vector<at::Tensor> pictures;
  for (size_t i = 0; i < rows.size(); ++i) {
    PhiloxStream random(seed, static_cast<uint64_t>(first) + i, Purpose::flip);
    pictures.push_back(varied(values_of(set, rows[i], 1)[0], random));
  }
  return at::stack(pictures);  // [B,3,S,S]
}

}  // namespace

Classifier Classifier::train(const LabelledPictures& pictures, const ClassifierTraining& options,
                             const std::function<void(int64_t, double)>& tell) {
  at::manual_seed(options.seed);
  const auto module = std::make_shared<ClassifierModule>(options.classes);
  module->train();
  torch::optim::SGD sgd(
      module->parameters(),
      torch::optim::SGDOptions(options.lr).momentum(0.9).weight_decay(5e-4).nesterov(true));
  ExampleOrder order(options.seed, pictures.size());
  const int64_t steps_an_epoch = pictures.size() / options.batch;
  const int64_t steps = steps_an_epoch * options.epochs;
  double sum = 0;
  for (int64_t step = 0; step < steps; ++step) {
    const double part = static_cast<double>(step) / static_cast<double>(steps);
    sgd.param_groups().front().options().set_lr(options.lr * 0.5 *
                                                (1 + std::cos(std::numbers::pi * part)));
    std::vector<int64_t> rows;
    const int64_t first = step * options.batch;
    for (int64_t i = 0; i < options.batch; ++i) rows.push_back(order.index(first + i));
    const at::Tensor x = varied_batch(pictures, rows, options.seed, first);
    const at::Tensor labels = pictures.labels.index_select(0, at::tensor(rows));  // [B]
    const at::Tensor loss = at::cross_entropy_loss(module->logits(module->features(x)), labels, {},
                                                   at::Reduction::Mean, -100, 0.1);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
    sum += loss.item<double>();
    if ((step + 1) % steps_an_epoch == 0) {
      tell((step + 1) / steps_an_epoch, sum / static_cast<double>(steps_an_epoch));
      sum = 0;
    }
  }
  module->eval();
  return Classifier(module);
}

Classifier Classifier::load(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const TensorView* head = file.find("head.weight");
  const auto module = std::make_shared<ClassifierModule>(head == nullptr ? 1 : head->shape[0]);
  load_weights(*module, file, {}, Log::silent());
  module->eval();
  return Classifier(module);
}

void Classifier::save(const std::string& path) const { save_weights(path, *module_, DType::f32); }

Opinions Classifier::judge(const LabelledPictures& pictures) const {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> logits, features;
  for (int64_t first = 0; first < pictures.size(); first += kBatch) {
    const int64_t count = std::min(kBatch, pictures.size() - first);
    features.push_back(module_->features(values_of(pictures, first, count)));
    logits.push_back(module_->logits(features.back()));
  }
  return {at::cat(logits), at::cat(features)};
}

}  // namespace gpst::bench
