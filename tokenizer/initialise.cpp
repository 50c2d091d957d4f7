// The weights of a tokenizer at the start of training.
#include <ATen/ATen.h>

#include <cmath>
#include <span>

#include "base/philox.h"
#include "nn/weights.h"
#include "tokenizer/model.h"

namespace gpst {
namespace {

std::span<float> span_of(const at::Tensor& values) {
  return {values.mutable_data_ptr<float>(), static_cast<size_t>(values.numel())};
}

at::Tensor uniform(PhiloxStream& stream, at::IntArrayRef shape, double bound) {
  const at::Tensor values = at::empty(shape, at::kFloat);
  stream.fill_uniform(span_of(values));  // (0,1]
  return values.mul_(2 * bound).sub_(bound);
}

at::Tensor normal(PhiloxStream& stream, at::IntArrayRef shape) {
  const at::Tensor values = at::empty(shape, at::kFloat);
  stream.fill_normal(span_of(values));
  return values;
}

int64_t fan_in(const at::Tensor& weight) { return weight.numel() / weight.size(0); }

// `weight` is the weight beside a bias, and the parameter itself otherwise.
at::Tensor start_of(std::string_view name, const at::Tensor& parameter, const at::Tensor& weight,
                    PhiloxStream& stream) {
  const at::IntArrayRef shape = parameter.sizes();
  const bool is_bias = name.ends_with("bias");
  if (name.starts_with("to_gps.0.")) return at::zeros(shape);
  if (name == "gps_embed.weight") return normal(stream, shape);
  if (name.ends_with("in_proj_weight")) {
    const auto fans = static_cast<double>(parameter.size(0) + parameter.size(1));
    return uniform(stream, shape, std::sqrt(6 / fans));
  }
  const bool of_attention = name.ends_with("in_proj_bias") || name.ends_with("out_proj.bias");
  if (of_attention) return at::zeros(shape);
  const bool of_norm = weight.dim() == 1;
  if (of_norm) return is_bias ? at::zeros(shape) : at::ones(shape);
  return uniform(stream, shape, 1 / std::sqrt(static_cast<double>(fan_in(weight))));
}

}  // namespace

void initialise(TokenizerModel& model, uint64_t seed) {
  const at::NoGradGuard no_grad;
  uint64_t index = 0;  // each parameter draws from a subsequence of its own
  at::Tensor weight;
  for (const auto& [name, parameter] : named_state(model)) {
    if (!name.ends_with("bias")) weight = parameter;  // a bias stands behind its weight
    PhiloxStream stream(seed, index++, Purpose::init);
    parameter.detach().copy_(start_of(name, parameter, weight, stream));
  }
}

}  // namespace gpst
