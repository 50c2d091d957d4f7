#include "train/gradient_sum.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

namespace gpst {

// What LibTorch calls when the gradient of a parameter is complete.
class GradientSum::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(GradientSum& sum, size_t parameter) : sum_(sum), parameter_(parameter) {}
  void operator()(const torch::autograd::Variable& /*tensor*/) override {
    sum_.arrived(parameter_);
  }

 private:
  GradientSum& sum_;
  size_t parameter_;
};

GradientSum::GradientSum(ProcessGroup& group, const std::vector<at::Tensor>& parameters,
                         int64_t bucket_bytes)
    : group_(group), parameters_(parameters), bucket_of_(parameters.size()) {
  int64_t bytes = bucket_bytes;
  for (size_t i = parameters_.size(); i-- > 0;) {
    if (bytes >= bucket_bytes) {
      buckets_.emplace_back();
      bytes = 0;
    }
    bytes += static_cast<int64_t>(parameters_[i].nbytes());
    buckets_.back().parameters.push_back(i);
    bucket_of_[i] = buckets_.size() - 1;
    torch::autograd::impl::set_post_acc_grad_hooks(parameters_[i],
                                                   std::make_unique<Hook>(*this, i));
  }
}

GradientSum::~GradientSum() {
  for (const at::Tensor& parameter : parameters_) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
  }
}

void GradientSum::expect() {
  for (Bucket& bucket : buckets_) bucket.missing = bucket.parameters.size();
  next_ = 0;
  expecting_ = true;
}

void GradientSum::arrived(size_t parameter) {
  if (!expecting_) return;
  --buckets_[bucket_of_[parameter]].missing;
  while (next_ < buckets_.size() && buckets_[next_].missing == 0) send(buckets_[next_++]);
}

void GradientSum::send(Bucket& bucket) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> pieces;
  for (const size_t i : bucket.parameters) {
    const at::Tensor& parameter = parameters_[i];
    const at::Tensor gradient =
        parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
    pieces.push_back(gradient.reshape({-1}));
  }
  bucket.flat = at::cat(pieces);
  bucket.sum = group_.start_sum(bucket.flat);
}

void GradientSum::receive(Bucket& bucket) {
  bucket.sum->wait();
  bucket.sum.reset();
  int64_t offset = 0;
  for (const size_t i : bucket.parameters) {
    at::Tensor& parameter = parameters_[i];
    if (parameter.grad().defined()) {
      parameter.mutable_grad() =
          bucket.flat.narrow(0, offset, parameter.numel()).view(parameter.sizes());
    }
    offset += parameter.numel();
  }
  bucket.flat.reset();
}

void GradientSum::finish() {
  if (!expecting_) next_ = 0;
  expecting_ = false;
  while (next_ < buckets_.size()) send(buckets_[next_++]);
  for (Bucket& bucket : buckets_) receive(bucket);
}

}  // namespace gpst
