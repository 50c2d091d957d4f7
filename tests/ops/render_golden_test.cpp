// The renderer against the recorded numbers.
#include "tests/ops/render_golden.h"

#include "ops/render_tiles.h"

namespace gpst {
namespace {

using test::cases_of_kind;
using test::expect_gradients;
using test::read_single;
using test::RenderTolerance;
using test::SingleCase;
using test::tensor_of;
using test::tolerance_of;

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
    // The recorded float64 map is made from tokens merged in double.
    const at::Tensor tokens = tensor_of(file, "tokens").to(at::kDouble);  // [n*n, l, 5+c]
    EXPECT_TRUE(test::near(render_tiles(tokens, options, {.dtype = at::kDouble}), expected, 1e-10));
  }
}

}  // namespace
}  // namespace gpst
