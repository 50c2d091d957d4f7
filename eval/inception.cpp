#include "eval/inception.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "eval/inception_graph.h"
#include "eval/inception_input.h"
#include "eval/relu_convolution.h"
#include "eval/stored_tensors.h"
#include "ops/device.h"

namespace gpst {
namespace {

constexpr double kNormEps = 1e-3;
constexpr int64_t kPreparedBatch = 8;
constexpr std::string_view kSpatialUnit = "Mixed_6d.branch1x1";

// conv then norm as one convolution: weight * s and beta - mean * s, s = gamma / sqrt(var + eps).
ReluConvolution folded(const InceptionConvolution& place, const TensorsByName& tensors) {
  const auto norm = [&](const char* name) {
    return tensors.at(place.key + ".bn." + name).to(at::kDouble);  // [out]
  };
  const at::Tensor scale = norm("weight") / at::sqrt(norm("running_var") + kNormEps);
  const at::Tensor weight =
      tensors.at(place.key + ".conv.weight").to(at::kDouble) * scale.view({-1, 1, 1, 1});
  const at::Tensor bias = norm("bias") - norm("running_mean") * scale;
  return {weight.to(at::kFloat),
          bias.to(at::kFloat),
          {.stride = place.stride,
           .padding = place.padding,
           .input = {kPreparedBatch, place.shape[1], place.side, place.side}}};
}

at::Tensor pooled(const at::Tensor& x, InceptionPool pool) {
  switch (pool) {
    case InceptionPool::average:
      return at::avg_pool2d(x, 3, 1, 1, /*ceil_mode=*/false, /*count_include_pad=*/false);
    case InceptionPool::max_stride_1:
      return at::max_pool2d(x, 3, 1, 1);
    case InceptionPool::max_stride_2:
      return at::max_pool2d(x, 3, 2);
    case InceptionPool::none:
      break;
  }
  return x;
}

// [B,192,17,17] -> [B,2023]
at::Tensor spatial_features(const at::Tensor& map) {
  return map.narrow(1, 0, kInceptionSpatialChannels).permute({0, 2, 3, 1}).flatten(1);
}

bool is_norm_weight(const TensorSpec& spec) { return spec.name.ends_with(".bn.weight"); }

// A norm without weight scales by 1.
TensorsByName read_inception(const SafetensorsFile& file) {
  std::vector<TensorSpec> wanted = inception_tensors();
  TensorsByName ones;
  std::erase_if(wanted, [&](const TensorSpec& spec) {
    if (!is_norm_weight(spec) || file.find(spec.name) != nullptr) return false;
    ones.emplace(spec.name, at::ones(spec.shape));
    return true;
  });
  TensorsByName tensors = read_tensors(file, wanted, "the Inception network of 2015-12-05");
  tensors.merge(ones);
  return tensors;
}

}  // namespace

class InceptionNet {
 public:
  explicit InceptionNet(const TensorsByName& tensors)
      : stages_(inception_stages()),
        fc_weight_(tensors.at("fc.weight")),
        fc_bias_(tensors.at("fc.bias")) {
    for (const InceptionConvolution& place : inception_convolutions()) {
      convolutions_.push_back(folded(place, tensors));
      if (place.key == kSpatialUnit) spatial_ = convolutions_.size() - 1;
    }
  }

  InceptionNet(const InceptionNet& other, at::Device device)
      : stages_(other.stages_),
        spatial_(other.spatial_),
        fc_weight_(other.fc_weight_.to(device)),
        fc_bias_(other.fc_bias_.to(device)) {
    for (const ReluConvolution& each : other.convolutions_) {
      convolutions_.push_back(each.to(device));
    }
  }

  InceptionFeatures features(at::Tensor x /* [B,3,299,299] */, const InceptionTap& tap) const {
    InceptionFeatures result;
    size_t next = 0;
    for (const InceptionStage& stage : stages_) {
      x = run(stage, x, next, result.spatial);
      if (tap) tap(stage.name, x);
    }
    result.pool = x.mean(at::IntArrayRef{2, 3});  // [B,2048]
    result.logits = at::matmul(result.pool, fc_weight_.t());
    return result;
  }

  const at::Tensor& fc_bias() const { return fc_bias_; }

 private:
  // `next`: number of the stage's first convolution; moves to that of the stage behind it.
  at::Tensor run(const InceptionStage& stage, const at::Tensor& x, size_t& next,
                 at::Tensor& spatial) const {
    const auto unit = [&](const at::Tensor& input) {
      at::Tensor out = convolutions_[next](input);
      if (next++ == spatial_) spatial = spatial_features(out);
      return out;
    };
    std::vector<at::Tensor> parts;
    for (const InceptionBranch& branch : stage.branches) {
      at::Tensor y = pooled(x, branch.pool);
      for (size_t i = 0; i < branch.chain.size(); ++i) y = unit(y);
      for (size_t i = 0; i < branch.fork.size(); ++i) parts.push_back(unit(y));
      if (branch.fork.empty()) parts.push_back(std::move(y));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
  }

  std::vector<InceptionStage> stages_;
  std::vector<ReluConvolution> convolutions_;  // in the order of inception_convolutions()
  size_t spatial_ = 0;                         // the convolution that gives the spatial features
  at::Tensor fc_weight_;                       // [1008,2048]
  at::Tensor fc_bias_;                         // [1008]
};

Inception Inception::load(const std::string& path) {
  const at::NoGradGuard no_grad;
  return Inception(
      std::make_shared<const InceptionNet>(read_inception(SafetensorsFile::open(path))));
}

Inception Inception::to(at::Device device) const {
  if (device.is_cuda()) load_cuda_ops();
  return Inception(std::make_shared<const InceptionNet>(*net_, device));
}

at::Device Inception::device() const { return net_->fc_bias().device(); }

InceptionFeatures Inception::features(const at::Tensor& x, const InceptionTap& tap) const {
  if (x.dim() != 4 || x.size(1) != 3 || x.size(2) != kInceptionSide ||
      x.size(3) != kInceptionSide || x.scalar_type() != at::kFloat) {
    throw InputError(fmt::format("Inception: expected Float [B,3,{0},{0}], found {1} {2}",
                                 kInceptionSide, at::toString(x.scalar_type()),
                                 c10::str(x.sizes())));
  }
  return net_->features(x.contiguous(at::MemoryFormat::ChannelsLast), tap);
}

at::Tensor Inception::logits_bias() const { return net_->fc_bias(); }

}  // namespace gpst
