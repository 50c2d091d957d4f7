#include "train/patch_discriminator.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include <span>

#include "base/philox.h"
#include "nn/weights.h"

namespace gpst {
namespace {

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t stride, bool bias) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, 4).stride(stride).padding(1).bias(bias));
}

torch::nn::LeakyReLU leaky() {
  return torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2));
}

// Of the weights' draws; those of the model begin at 0.
constexpr uint64_t kFirstSubsequence = uint64_t{1} << 32;

void initialise(const torch::nn::Module& net, uint64_t seed) {
  const at::NoGradGuard no_gradients;
  uint64_t subsequence = kFirstSubsequence;
  for (const auto& [name, tensor] : named_state(net)) {
    PhiloxStream stream(seed, subsequence++, Purpose::init);
    if (name.ends_with("bias")) {
      tensor.zero_();
    } else if (name.ends_with("weight")) {
      stream.fill_normal({tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())});
      tensor.mul_(0.02).add_(tensor.dim() == 1 ? 1.0 : 0.0);
    }
  }
}

}  // namespace

class PatchDiscriminator::Net : public torch::nn::Module {
 public:
  Net() {
    main_->push_back(convolution(3, 64, 2, true));
    main_->push_back(leaky());
    int64_t in = 64;
    for (const int64_t out : {128, 256, 512}) {
      main_->push_back(convolution(in, out, out == 512 ? 1 : 2, false));
      main_->push_back(torch::nn::BatchNorm2d(out));
      main_->push_back(leaky());
      in = out;
    }
    main_->push_back(convolution(in, 1, 1, true));
    register_module("main", main_);
  }

  at::Tensor forward(const at::Tensor& x) { return main_->forward(x); }

 private:
  torch::nn::Sequential main_;
};

PatchDiscriminator::PatchDiscriminator(uint64_t seed) : net_(std::make_shared<Net>()) {
  initialise(*net_, seed);
  net_->train();
}

at::Tensor PatchDiscriminator::logits(const at::Tensor& x) const { return net_->forward(x); }

torch::nn::Module& PatchDiscriminator::module() const { return *net_; }

}  // namespace gpst
