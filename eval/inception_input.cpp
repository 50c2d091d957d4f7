#include "eval/inception_input.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

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

// Pillow's weights, of each target a normalised window of the source: [extent,299] f64.
at::Tensor bicubic_weights(int64_t extent) {
  const at::Tensor weights = at::zeros({kSide, extent}, at::kDouble);
  const double scale = static_cast<double>(extent) / kSide, stretch = std::max(scale, 1.0);
  for (int64_t target = 0; target < kSide; ++target) {
    const double centre = (static_cast<double>(target) + 0.5) * scale;
    const auto first = std::max<int64_t>(static_cast<int64_t>(centre - 2 * stretch + 0.5), 0);
    const auto last = std::min(static_cast<int64_t>(centre + 2 * stretch + 0.5), extent);
    double* row = weights.mutable_data_ptr<double>() + target * extent;
    double sum = 0;
    for (int64_t i = first; i < last; ++i) {
      row[i] = bicubic((static_cast<double>(i) - centre + 0.5) / stretch);
      sum += row[i];
    }
    for (int64_t i = first; i < last; ++i) row[i] /= sum;
  }
  return weights.t();
}

// Sums in double, rounded to float32 after each direction, as Pillow does.
at::Tensor resize_bicubic(at::Tensor x /* [B,3,H,W] */) {
  const auto along_rows = [](const at::Tensor& values) {
    const int64_t extent = values.size(3);
    if (extent == kSide) return values;
    const at::Tensor weights = bicubic_weights(extent).to(values.device());
    return at::matmul(values.to(at::kDouble), weights).to(values.scalar_type());
  };
  x = along_rows(x);                                     // [B,3,H,299]
  return along_rows(x.transpose(2, 3)).transpose(2, 3);  // [B,3,299,299]
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
