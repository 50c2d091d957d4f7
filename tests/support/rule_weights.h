// Weights by the deterministic rule of the golden data (its README, "Deterministic weight rule"):
// the networks of the metrics for tests, without their published weights.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <string>
#include <string_view>

#include "eval/inception_graph.h"
#include "eval/lpips_graph.h"
#include "nn/weights.h"

namespace gpst {

inline uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 1099511628211ULL;
  return hash;
}

// u_i in [0,1) with 24 bits.
inline double rule_uniform(uint64_t hash, uint64_t i) {
  uint64_t z = hash + i + 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) / (1 << 24);
}

// Value i of the tensor `key` of a network, hashed as prefix + key.
inline at::Tensor rule_tensor(std::string_view prefix, std::string_view key,
                              at::IntArrayRef shape) {
  const at::Tensor tensor = at::empty(shape);
  const uint64_t hash = fnv1a64(std::string(prefix) + std::string(key));
  const auto fill = [&](const auto& value_of) {
    float* values = tensor.mutable_data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      const double u = rule_uniform(hash, static_cast<uint64_t>(i));
      values[i] = static_cast<float>(value_of(u, 2 * u - 1));
    }
  };
  if (key.starts_with("lin")) {
    fill([](double u, double) { return u / 10; });
  } else if (key.ends_with("running_var")) {
    fill([](double u, double) { return 0.5 + u; });
  } else if (key.ends_with("running_mean") || key.ends_with("bias")) {
    fill([](double, double s) { return 0.05 * s; });
  } else if (shape.size() == 1) {
    fill([](double, double s) { return 1 + 0.1 * s; });
  } else {
    const double bound =
        std::sqrt(6.0 / static_cast<double>(c10::multiply_integers(shape.slice(1))));
    fill([bound](double, double s) { return s * bound; });
  }
  return tensor;
}

inline NamedTensors rule_inception(std::string_view prefix) {
  NamedTensors tensors;
  for (const TensorSpec& spec : inception_tensors()) {
    tensors.emplace_back(spec.name, rule_tensor(prefix, spec.name, spec.shape));
  }
  return tensors;
}

inline void write_rule_inception(const std::string& path, std::string_view prefix) {
  save_tensors(path, rule_inception(prefix));
}

inline NamedTensors rule_lpips(LpipsNet net, std::string_view prefix) {
  NamedTensors tensors;
  for (const TensorSpec& spec : lpips_tensors(net)) {
    tensors.emplace_back(spec.name, rule_tensor(prefix, spec.name, spec.shape));
  }
  return tensors;
}

inline void write_rule_lpips(const std::string& path, LpipsNet net, std::string_view prefix) {
  save_tensors(path, rule_lpips(net, prefix));
}

}  // namespace gpst
