// The renderer against the recorded numbers. Which tolerance a case has is in the golden README,
// section 3: relative to the largest value of the tensor.
#include "ops/render.h"
#include "ops/token_columns.h"
#include "tests/ops/support.h"
#include "tests/support/golden.h"

namespace gpst {
namespace {

at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const TensorView& view = file.get(name);
  if (view.dtype == DType::f64) return at::tensor(golden_values<double>(view)).view(view.shape);
  return at::tensor(golden_values<float>(view)).view(view.shape);
}

struct RenderTolerance {
  double forward = 5e-6;
  double gradient = 2e-5;
};

// Cases of other sets keep the names of the extreme ones; the rest has the common tolerance.
RenderTolerance tolerance_of(const std::string& name) {
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
at::Tensor joined(const at::Tensor& sigmas, const at::Tensor& coords, const at::Tensor& colors) {
  return at::cat({sigmas, coords, colors}, 1).unsqueeze(0);
}

at::Tensor planes(const at::Tensor& map) { return map.permute({2, 0, 1}).unsqueeze(0); }

SingleCase read_single(const nlohmann::json& entry) {
  const SafetensorsFile file = open_golden("render/" + entry.at("file").get<std::string>());
  const auto get = [&](const char* name) { return tensor_of(file, name); };
  return {entry.at("name"),
          {entry.at("h"), entry.at("w"), entry.at("dmax")},
          joined(get("sigmas"), get("coords"), get("colors")),
          planes(get("forward_f64")),
          planes(get("grad_out")),
          joined(get("grad_sigmas"), get("grad_coords"), get("grad_colors"))};
}

std::vector<nlohmann::json> cases_of_kind(const std::string& kind) {
  const nlohmann::json all = golden_json("render/cases.json");
  std::vector<nlohmann::json> result;
  for (const nlohmann::json& entry : all.at("cases")) {
    if (entry.at("kind") == kind) result.push_back(entry);
  }
  EXPECT_FALSE(result.empty()) << "no case of kind " << kind;
  return result;
}

// sigma, rho, position and features have gradients of different size: each is compared by itself.
void expect_gradients(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  const auto part = [](const at::Tensor& t, int64_t from, int64_t to) {
    return t.slice(2, from, to);
  };
  EXPECT_TRUE(test::near(part(actual, 0, kX), part(expected, 0, kX), tolerance)) << "sigmas";
  EXPECT_TRUE(test::near(part(actual, kX, kGeometry), part(expected, kX, kGeometry), tolerance))
      << "coords";
  const int64_t end = actual.size(2);
  EXPECT_TRUE(test::near(part(actual, kGeometry, end), part(expected, kGeometry, end), tolerance))
      << "colors";
}

void check_single(const SingleCase& c, at::ScalarType dtype, const RenderTolerance& tolerance) {
  const at::Tensor tokens = c.tokens.to(dtype).requires_grad_();
  const at::Tensor map = render(tokens, c.options);
  EXPECT_TRUE(test::near(map, c.forward, tolerance.forward));
  map.backward(c.grad_out.to(dtype));
  expect_gradients(tokens.grad(), c.grad_tokens, tolerance.gradient);
}

TEST(render_golden, Float32) {
  for (const nlohmann::json& entry : cases_of_kind("single")) {
    const SingleCase c = read_single(entry);
    SCOPED_TRACE(c.name);
    check_single(c, at::kFloat, tolerance_of(c.name));
  }
}

TEST(render_golden, Float64) {
  for (const nlohmann::json& entry : cases_of_kind("single")) {
    const SingleCase c = read_single(entry);
    SCOPED_TRACE(c.name);
    check_single(c, at::kDouble, {1e-10, 1e-10});
  }
}

// Tokens of n x n tiles of one picture, row-major, on one canvas (numerics, section 4), in double:
// the recorded float64 map is made from them, not from the float32 merged tokens.
at::Tensor merged(const at::Tensor& tokens /*[n*n, l, 5+c]*/, int64_t n) {
  at::Tensor result = tokens.to(at::kDouble, false, /*copy=*/true);
  for (int64_t tile = 0; tile < n * n; ++tile) {
    at::Tensor one = result[tile];  // [l, 5+c]
    one.slice(1, kSigmaX, kRho).div_(n);
    one.select(1, kX).add_(2 * (tile % n) + 1).div_(n).sub_(1);
    one.select(1, kY).add_(2 * (tile / n) + 1).div_(n).sub_(1);
  }
  return result.reshape({1, -1, tokens.size(2)});
}

TEST(render_golden, MergedTiles) {
  for (const nlohmann::json& entry : cases_of_kind("tilemerge")) {
    SCOPED_TRACE(entry.at("name"));
    const SafetensorsFile file = open_golden("render/" + entry.at("file").get<std::string>());
    const RenderOptions options{entry.at("tile_h"), entry.at("tile_w"), entry.at("dmax"),
                                entry.at("np")};
    const at::Tensor expected = tensor_of(file, "rendered_f64");
    EXPECT_TRUE(test::near(render(tensor_of(file, "merged_tokens"), options), expected, 5e-6));
    // With more pictures the recorded order of the tiles is a known fault of the original.
    if (entry.at("batch") != 1) continue;
    const at::Tensor tokens = merged(tensor_of(file, "tokens"), options.tiles);
    EXPECT_TRUE(test::near(render(tokens, options), expected, 1e-10));
  }
}

}  // namespace
}  // namespace gpst
