// The weights of a SiT at the start of training.
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string_view>

#include "base/philox.h"
#include "nn/sit_module.h"
#include "nn/weights.h"

namespace gpst {
namespace {

using Fill = std::function<void(PhiloxStream&, std::span<float>)>;

Fill normal(float deviation) {
  return [deviation](PhiloxStream& stream, std::span<float> out) {
    stream.fill_normal(out);
    for (float& value : out) value *= deviation;
  };
}

// Uniform in +-sqrt(6 / (in + out)) for a weight [out,in,1...].
Fill xavier(const at::Tensor& weight) {
  const auto fans = static_cast<double>(weight.size(0) + weight.numel() / weight.size(0));
  const auto bound = static_cast<float>(std::sqrt(6 / fans));
  return [bound](PhiloxStream& stream, std::span<float> out) {
    stream.fill_uniform(out);
    for (float& value : out) value = bound * (2 * value - 1);
  };
}

Fill zero() {
  return [](PhiloxStream&, std::span<float> out) { std::fill(out.begin(), out.end(), 0.0F); };
}

bool has(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

Fill start_of(std::string_view name, const at::Tensor& tensor, bool positions_used) {
  constexpr float kDeviation = 0.02F;
  if (name == "pos_embed") return positions_used ? normal(kDeviation) : zero();
  if (name.ends_with("bias") || has(name, "adaLN_modulation") || has(name, "final_layer")) {
    return zero();
  }
  if (has(name, "t_embedder") || has(name, "y_embedder")) return normal(kDeviation);
  return xavier(tensor);
}

}  // namespace

void Sit::initialise(uint64_t seed) const {
  const c10::NoGradGuard no_grad;
  uint64_t index = 0;  // each weight draws from a subsequence of its own
  for (const auto& [name, tensor] : named_state(*module_)) {
    PhiloxStream stream(seed, index++, Purpose::init);
    at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
    const std::span<float> out(values.data_ptr<float>(), static_cast<size_t>(values.numel()));
    start_of(name, tensor, condition_channels() == 0)(stream, out);
    tensor.detach().copy_(values);
  }
}

}  // namespace gpst
