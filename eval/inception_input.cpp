#include "eval/inception_input.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

constexpr int64_t kSide = kInceptionSide;

// TensorFlow's bilinear along `dim`: lower + (upper - lower) * fraction.
at::Tensor resize_tf1(const at::Tensor& x /* [B,3,H,W] */, int64_t dim) {
  const int64_t extent = x.size(dim);
  if (extent == kSide) return x;
  const float scale = static_cast<float>(extent) / static_cast<float>(kSide);
  const at::Tensor source = at::arange(kSide, x.options()) * scale;
  const at::Tensor lower = source.to(at::kLong);
  const at::Tensor fraction = source - lower;
  const at::Tensor low = x.index_select(dim, lower);
  const at::Tensor step = x.index_select(dim, (lower + 1).clamp_max(extent - 1)) - low;
  return low + step * (dim == 2 ? fraction.unsqueeze(1) : fraction);
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

// The places of the source that a target's place is made of, and their normalised weights.
struct Window {
  int64_t first = 0;
  std::vector<double> weights;
  int64_t end() const { return first + std::ssize(weights); }
};

// As Pillow computes them.
std::vector<Window> bicubic_windows(int64_t extent) {
  const double scale = static_cast<double>(extent) / kSide, stretch = std::max(scale, 1.0);
  std::vector<Window> windows(kSide);
  for (int64_t target = 0; target < kSide; ++target) {
    Window& window = windows[static_cast<size_t>(target)];
    const double centre = (static_cast<double>(target) + 0.5) * scale;
    window.first = std::max<int64_t>(static_cast<int64_t>(centre - 2 * stretch + 0.5), 0);
    const auto end = std::min(static_cast<int64_t>(centre + 2 * stretch + 0.5), extent);
    double sum = 0;
    for (int64_t i = window.first; i < end; ++i) {
      window.weights.push_back(bicubic((static_cast<double>(i) - centre + 0.5) / stretch));
      sum += window.weights.back();
    }
    for (double& weight : window.weights) weight /= sum;
  }
  return windows;
}

// Columns of x [B,3,R,W] f64 to those of some neighbouring targets: a product with their weights,
// over the sources that they have.
at::Tensor weighted_columns(const at::Tensor& x, std::span<const Window> windows) {
  const int64_t first = windows.front().first, sources = windows.back().end() - first;
  const at::Tensor weights = at::zeros({std::ssize(windows), sources}, at::kDouble);
  double* row = weights.mutable_data_ptr<double>();
  for (const Window& window : windows) {
    std::ranges::copy(window.weights, row + (window.first - first));
    row += sources;
  }
  return at::matmul(x.narrow(3, first, sources), weights.to(x.device()).t());
}

// Sums in double, rounded to float32 after each direction, as Pillow does.
at::Tensor resize_columns(const at::Tensor& x /* [B,3,R,W] */) {
  if (x.size(3) == kSide) return x;
  constexpr size_t kBlock = 32;  // targets of one product
  const std::vector<Window> windows = bicubic_windows(x.size(3));
  const at::Tensor exact = x.to(at::kDouble);
  std::vector<at::Tensor> blocks;
  for (size_t target = 0; target < windows.size(); target += kBlock) {
    const size_t count = std::min(kBlock, windows.size() - target);
    blocks.push_back(weighted_columns(exact, std::span(windows).subspan(target, count)));
  }
  return at::cat(blocks, 3).to(x.scalar_type());  // [B,3,R,299]
}

at::Tensor resize_bicubic(const at::Tensor& x /* [B,3,H,W] */) {
  const at::Tensor wide = resize_columns(x.contiguous());                    // [B,3,H,299]
  return resize_columns(wide.transpose(2, 3).contiguous()).transpose(2, 3);  // [B,3,299,299]
}

at::Tensor resized(const at::Tensor& x, InceptionInput kind) {
  switch (kind) {
    case InceptionInput::half_pixel_bilinear:
      return at::upsample_bilinear2d(x / 255, {kSide, kSide}, /*align_corners=*/false) * 2 - 1;
    case InceptionInput::clean_bicubic:
      return (resize_bicubic(x).clamp(0, 255) - 128) / 128;
    case InceptionInput::tf1_bilinear:
      return (resize_tf1(resize_tf1(x, 3), 2) - 128) / 128;
  }
  throw InputError("unknown kind of Inception input");
}

}  // namespace

InceptionInput input_of(EvaluationMode mode) {
  switch (mode) {
    case EvaluationMode::pytorch_fid:
      return InceptionInput::half_pixel_bilinear;
    case EvaluationMode::clean:
      return InceptionInput::clean_bicubic;
    case EvaluationMode::adm:
    case EvaluationMode::torch_fidelity:
      break;
  }
  return InceptionInput::tf1_bilinear;
}

at::Tensor inception_input(const at::Tensor& pictures, InceptionInput kind) {
  if (pictures.dim() != 4 || pictures.size(3) != 3 || pictures.scalar_type() != at::kByte) {
    throw InputError(
        fmt::format("Inception's input: expected pictures uint8 [B,H,W,3], found {} {}",
                    at::toString(pictures.scalar_type()), c10::str(pictures.sizes())));
  }
  return inception_input_of_values(pictures.permute({0, 3, 1, 2}).to(at::kFloat), kind);
}

at::Tensor inception_input_of_values(const at::Tensor& pictures, InceptionInput kind) {
  if (pictures.dim() != 4 || pictures.size(1) != 3 || !pictures.is_floating_point() ||
      pictures.numel() == 0) {
    throw InputError(
        fmt::format("Inception's input: expected floating pictures [B,3,H,W], found {} {}",
                    at::toString(pictures.scalar_type()), c10::str(pictures.sizes())));
  }
  return resized(pictures, kind).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace gpst
