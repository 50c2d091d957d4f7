#include "eval/lpips.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "eval/lpips_weights.h"
#include "eval/relu_convolution.h"
#include "ops/device.h"

namespace gpst {
namespace {

constexpr double kNormEps = 1e-10;
// What the convolutions are prepared for on the CPU: a pair of pictures of 256.
constexpr int64_t kPreparedBatch = 2;
constexpr int64_t kPreparedSide = 256;

at::Tensor colour_constant(std::initializer_list<double> values) {
  return at::tensor(at::ArrayRef<double>(values), at::kFloat).view({1, 3, 1, 1});
}

// Sides of square maps for a picture of kPreparedSide.
int64_t pooled_side(int64_t side, int64_t window) { return (side - window) / 2 + 1; }
int64_t convolved_side(int64_t side, const TrunkConvolution& c) {
  return (side + 2 * c.padding - c.kernel) / c.stride + 1;
}

std::vector<ReluConvolution> convolutions_of(const LpipsWeights& weights) {
  std::vector<ReluConvolution> convolutions;
  int64_t side = kPreparedSide;
  for (const TrunkConvolution& each : trunk_convolutions(weights.net)) {
    if (each.pool_window > 0) side = pooled_side(side, each.pool_window);
    const std::string key = fmt::format("features.{}.", each.index);
    convolutions.emplace_back(weights.tensors.at(key + "weight"), weights.tensors.at(key + "bias"),
                              ConvolutionPlace{.stride = {each.stride, each.stride},
                                               .padding = {each.padding, each.padding},
                                               .input = {kPreparedBatch, each.in, side, side}});
    side = convolved_side(side, each);
  }
  return convolutions;
}

// x / (|x| + eps), the norm over channels; x [B,C,H,W]. The gradient of this norm at 0 is 0, where
// the square root of a sum of squares has none.
at::Tensor unit_channels(const at::Tensor& x) {
  return x / (at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, /*keepdim=*/true) + kNormEps);
}

// [B] of one tap: a, b [B,C,H,W], linear [C].
at::Tensor tap_distance(const at::Tensor& a, const at::Tensor& b, const at::Tensor& linear) {
  const at::Tensor squares = (unit_channels(a) - unit_channels(b)).square();
  return at::matmul(squares.permute({0, 2, 3, 1}) /* [B,H,W,C] */, linear)  // [B,H,W]
      .mean(at::IntArrayRef{1, 2});
}

}  // namespace

class LpipsTrunk {
 public:
  explicit LpipsTrunk(const LpipsWeights& weights)
      : net_(weights.net),
        convolutions_(convolutions_of(weights)),
        shift_(colour_constant({-.030, -.088, -.188})),
        scale_(colour_constant({.458, .448, .450})) {
    for (size_t tap = 0; tap < kLpipsTaps; ++tap) {
      linear_.push_back(weights.tensors.at(linear_layer_name(tap)).flatten());  // [C]
    }
  }

  LpipsTrunk(const LpipsTrunk& other, at::Device device)
      : net_(other.net_), shift_(other.shift_.to(device)), scale_(other.scale_.to(device)) {
    for (const ReluConvolution& each : other.convolutions_) {
      convolutions_.push_back(each.to(device));
    }
    for (const at::Tensor& each : other.linear_) linear_.push_back(each.to(device));
  }

  LpipsNet net() const { return net_; }
  at::Device device() const { return shift_.device(); }

  // [B] for a, b [B,3,H,W], as one batch.
  at::Tensor distance(const at::Tensor& a, const at::Tensor& b) const {
    const int64_t rows = a.size(0);
    at::Tensor total = at::zeros({rows}, a.options());
    run(at::cat({a, b}), [&](size_t tap, const at::Tensor& map /* [2B,C,H,W] */) {
      const at::Tensor of_a = map.narrow(0, 0, rows), of_b = map.narrow(0, rows, rows);
      total = total + tap_distance(of_a, of_b, linear_[tap]);
    });
    return total;
  }

  // The same where only x has a gradient: what `fixed` goes through is not recorded.
  at::Tensor to_fixed(const at::Tensor& x, const at::Tensor& fixed) const {
    const std::vector<at::Tensor> fixed_maps = [&] {
      const at::NoGradGuard no_grad;
      return taps(fixed);
    }();
    at::Tensor total = at::zeros({x.size(0)}, x.options());
    run(x, [&](size_t tap, const at::Tensor& map /* [B,C,H,W] */) {
      total = total + tap_distance(map, fixed_maps[tap], linear_[tap]);
    });
    return total;
  }

  std::vector<at::Tensor> taps(const at::Tensor& x /* [B,3,H,W] */) const {
    std::vector<at::Tensor> maps;
    run(x, [&](size_t, const at::Tensor& map) { maps.push_back(map); });
    return maps;
  }

 private:
  // Calls see(tap, map [B,C,H,W]) for every tap in order.
  void run(const at::Tensor& pictures /* [B,3,H,W] */,
           const std::function<void(size_t tap, const at::Tensor& map)>& see) const {
    at::Tensor x = ((pictures - shift_) / scale_).contiguous(at::MemoryFormat::ChannelsLast);
    const auto places = trunk_convolutions(net_);
    size_t tap = 0;
    for (size_t i = 0; i < places.size(); ++i) {
      if (places[i].pool_window > 0) x = at::max_pool2d(x, places[i].pool_window, 2);
      x = convolutions_[i](x);
      if (places[i].tap) see(tap++, x);
    }
  }

  LpipsNet net_;
  std::vector<ReluConvolution> convolutions_;  // in the order of trunk_convolutions()
  std::vector<at::Tensor> linear_;             // of every tap, [C]
  at::Tensor shift_, scale_;                   // [1,3,1,1]
};

namespace {

void check_pictures(const at::Tensor& x, const LpipsTrunk& trunk) {
  const int64_t side = smallest_side(trunk.net());
  if (x.dim() != 4 || x.size(1) != 3 || x.scalar_type() != at::kFloat) {
    throw InputError(fmt::format("LPIPS: expected Float [B,3,H,W], found {} {}",
                                 at::toString(x.scalar_type()), c10::str(x.sizes())));
  }
  if (std::min(x.size(2), x.size(3)) < side) {
    throw InputError(fmt::format("LPIPS ({}) needs pictures of at least {}x{} pixels, got {}x{}",
                                 name_of(trunk.net()), side, side, x.size(3), x.size(2)));
  }
}

}  // namespace

Lpips Lpips::load(const std::vector<std::string>& paths) {
  const at::NoGradGuard no_grad;
  return Lpips(std::make_shared<const LpipsTrunk>(read_lpips(paths)));
}

LpipsNet Lpips::net() const { return trunk_->net(); }

Lpips Lpips::to(at::Device device) const {
  if (device.is_cuda()) load_cuda_ops();
  return Lpips(std::make_shared<const LpipsTrunk>(*trunk_, device));
}

at::Device Lpips::device() const { return trunk_->device(); }

at::Tensor Lpips::distance(const at::Tensor& a, const at::Tensor& b) const {
  check_pictures(a, *trunk_);
  check_pictures(b, *trunk_);
  if (a.sizes() != b.sizes()) {
    throw InputError(fmt::format("LPIPS: expected two batches of one shape, found {} and {}",
                                 c10::str(a.sizes()), c10::str(b.sizes())));
  }
  const bool gradients = at::GradMode::is_enabled();
  if (gradients && a.requires_grad() && !b.requires_grad()) return trunk_->to_fixed(a, b);
  if (gradients && b.requires_grad() && !a.requires_grad()) return trunk_->to_fixed(b, a);
  return trunk_->distance(a, b);
}

std::vector<at::Tensor> Lpips::taps(const at::Tensor& x) const {
  check_pictures(x, *trunk_);
  return trunk_->taps(x);
}

}  // namespace gpst
