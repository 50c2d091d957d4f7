#include "texture_gen/condition_encoding.h"

#include <numbers>
#include <vector>

#include "nn/log_sigma.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

constexpr int64_t kOctaves = 5;

}  // namespace

int64_t condition_channels(ConditionEncoding encoding) {
  return encoding == ConditionEncoding::values ? kGeometry : 2 + 2 * 2 * kOctaves;
}

at::Tensor encode_condition(const at::Tensor& geometry, ConditionEncoding encoding) {
  if (encoding == ConditionEncoding::values) return geometry;
  std::vector<at::Tensor> parts{log2_sigma(geometry.narrow(-1, kSigmaX, 2))};
  const at::Tensor mean = geometry.narrow(-1, kX, 2);  // [B,l,2]
  for (int64_t k = 0; k < kOctaves; ++k) {
    const at::Tensor angle = mean * (std::numbers::pi * static_cast<double>(int64_t{1} << k));
    parts.push_back(at::sin(angle));
    parts.push_back(at::cos(angle));
  }
  return at::cat(parts, -1);  // [B,l,22]
}

}  // namespace gpst
