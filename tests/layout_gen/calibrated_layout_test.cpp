#include "layout_gen/calibrated_layout.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(CalibratedLayout, KeepsTheLayoutsOfPartitions) {
  const std::vector<Partition> partitions = {{{{0, 0, 31, 63}, {32, 0, 63, 63}}, {}},
                                             {{{0, 0, 63, 31}, {0, 32, 63, 63}}, {}}};
  const Layout layout = initial_gaussians(partitions, {64, 64});
  const Layout again = calibrate(layout, CalibrationOptions{64, 4});
  EXPECT_TRUE(at::equal(again.values(), layout.values()));
}

TEST(CalibratedLayout, UsesTheMeansOnly) {
  at::Tensor generated = at::full({3, 4, 5}, 7.0, at::kDouble);
  const at::Tensor quarters =
      at::tensor({-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5}, at::kDouble).reshape({4, 2});
  generated.narrow(2, 3, 2).copy_(quarters.expand({3, 4, 2}));
  const Layout layout = calibrate(Layout(generated), CalibrationOptions{64, 4}, SigmaInit::paper);
  EXPECT_EQ(layout.values().sizes(), generated.sizes());
  EXPECT_EQ(layout.values().scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(layout.sigma(), at::full({3, 4, 2}, 31.0 / 64 / 3, at::kFloat)));
}

TEST(CalibratedLayout, RefusesMeansThatAreNotFinite) {
  const Layout layout(at::full({1, 4, 5}, NAN));
  EXPECT_THROW(calibrate(layout, CalibrationOptions{64, 4}), InputError);
}

}  // namespace
}  // namespace gpst
