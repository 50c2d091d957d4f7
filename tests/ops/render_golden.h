// The recorded cases of the renderer for tests of it on the CPU and as kernels. Which tolerance a
// case has is in the golden README, section 3: relative to the largest value of the tensor.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/render.h"
#include "ops/token_columns.h"
#include "tests/ops/support.h"
#include "tests/support/golden.h"

namespace gpst::test {

inline at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const TensorView& view = file.get(name);
  if (view.dtype == DType::f64) return at::tensor(golden_values<double>(view)).view(view.shape);
  return at::tensor(golden_values<float>(view)).view(view.shape);
}

struct RenderTolerance {
  double forward = 5e-6;
  double gradient = 2e-5;
};

// Cases of other sets keep the names of the extreme ones; the rest has the common tolerance.
inline RenderTolerance tolerance_of(const std::string& name) {
  if (name.find("tiny_sigma") != std::string::npos) return {3e-4, 5e-3};
  if (name.find("sigma_mixed_extreme") != std::string::npos) return {1e-4, 2e-3};
  if (name.find("rho_extreme") != std::string::npos) return {1e-4, 5e-4};
  if (name.find("rho_limit") != std::string::npos) return {5e-3, 5e-2};
  return {};
}

struct SingleCase {
  std::string name;
  RenderOptions options;
  at::Tensor tokens;       // [1, s, 5+c] float32
  at::Tensor forward;      // [1, c, h, w] float64
  at::Tensor grad_out;     // [1, c, h, w] float32
  at::Tensor grad_tokens;  // [1, s, 5+c] float64
};

// Columns of the recorded parts in the order of a token.
inline at::Tensor joined(const at::Tensor& sigmas, const at::Tensor& coords,
                         const at::Tensor& colors) {
  return at::cat({sigmas, coords, colors}, 1).unsqueeze(0);
}

inline at::Tensor planes(const at::Tensor& map) { return map.permute({2, 0, 1}).unsqueeze(0); }

inline SingleCase read_single(const nlohmann::json& entry) {
  const SafetensorsFile file = open_golden("render/" + entry.at("file").get<std::string>());
  const auto get = [&](const char* name) { return tensor_of(file, name); };
  return {entry.at("name"),
          {entry.at("h"), entry.at("w"), entry.at("dmax")},
          joined(get("sigmas"), get("coords"), get("colors")),
          planes(get("forward_f64")),
          planes(get("grad_out")),
          joined(get("grad_sigmas"), get("grad_coords"), get("grad_colors"))};
}

inline std::vector<nlohmann::json> cases_of_kind(const std::string& kind) {
  const nlohmann::json all = golden_json("render/cases.json");
  std::vector<nlohmann::json> result;
  for (const nlohmann::json& entry : all.at("cases")) {
    if (entry.at("kind") == kind) result.push_back(entry);
  }
  EXPECT_FALSE(result.empty()) << "no case of kind " << kind;
  return result;
}

// sigma, rho, position and features have gradients of different size: each is compared by itself.
inline void expect_gradients(const at::Tensor& actual, const at::Tensor& expected,
                             double tolerance) {
  const auto part = [](const at::Tensor& t, int64_t from, int64_t to) {
    return t.slice(2, from, to);
  };
  EXPECT_TRUE(near(part(actual, 0, kX), part(expected, 0, kX), tolerance)) << "sigmas";
  EXPECT_TRUE(near(part(actual, kX, kGeometry), part(expected, kX, kGeometry), tolerance))
      << "coords";
  const int64_t end = actual.size(2);
  EXPECT_TRUE(near(part(actual, kGeometry, end), part(expected, kGeometry, end), tolerance))
      << "colors";
}

}  // namespace gpst::test
