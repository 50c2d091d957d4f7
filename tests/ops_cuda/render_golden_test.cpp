// The renderer's kernels against the recorded numbers, within the tolerances of the golden README.
#include "tests/ops/render_golden.h"
#include "ops/render_tiles.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

TEST(render_kernels_golden, Single) {
  for (const nlohmann::json& entry : test::cases_of_kind("single")) {
    const test::SingleCase c = test::read_single(entry);
    SCOPED_TRACE(c.name);
    const test::RenderTolerance tolerance = test::tolerance_of(c.name);
    const auto [map, grad] = on_kernels([&] {
      const at::Tensor tokens = to_kernels(c.tokens).detach().requires_grad_();
      const at::Tensor rendered = render(tokens, c.options);
      rendered.backward(to_kernels(c.grad_out));
      return std::make_pair(rendered.detach().cpu(), tokens.grad().cpu());
    });
    EXPECT_TRUE(test::near(map, c.forward, tolerance.forward));
    test::expect_gradients(grad, c.grad_tokens, tolerance.gradient);
  }
}

TEST(render_kernels_golden, MergedTiles) {
  for (const nlohmann::json& entry : test::cases_of_kind("tilemerge")) {
    // With more pictures the recorded order of the tiles is a known fault of the original.
    if (entry.at("batch") != 1) continue;
    SCOPED_TRACE(entry.at("name"));
    const SafetensorsFile file = open_golden("render/" + entry.at("file").get<std::string>());
    const RenderOptions options{entry.at("tile_h"), entry.at("tile_w"), entry.at("dmax"),
                                entry.at("np")};
    const at::Tensor tokens = test::tensor_of(file, "tokens");  // [n*n, l, 5+c]
    const at::Tensor map =
        on_kernels([&] { return render_tiles(to_kernels(tokens), options).cpu(); });
    EXPECT_TRUE(test::near(map, test::tensor_of(file, "rendered_f64"), 5e-6));
  }
}

}  // namespace
}  // namespace gpst
