#include "tokenizer/region_tables.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tokenizer/layout.h"

namespace gpst {
namespace {

// The same bits as the functions of one region, for every rectangle of a few sides.
TEST(RegionTables, AgreeWithTheFunctionsOfOneRegion) {
  for (const int side : {1, 7, 64, 256}) {
    Partition partition;
    const int step = side > 64 ? 13 : side > 7 ? 3 : 1;
    for (int x0 = 0; x0 < side; x0 += step) {
      for (int x1 = x0; x1 < side; x1 += step) {
        partition.regions.push_back({x0, side - 1 - x1, x1, side - 1 - x0});
      }
    }
    std::vector<int> values;
    for (const Region& r : partition.regions) values.insert(values.end(), {r.x0, r.y0, r.x1, r.y1});
    const at::Tensor regions = at::tensor(values, at::kInt).view({1, -1, 4});
    for (const SigmaInit init : {SigmaInit::code, SigmaInit::paper}) {
      const RegionTables tables(side, init, at::kCPU);
      EXPECT_TRUE(at::equal(tables.gaussians(regions),
                            initial_gaussians({&partition, 1}, {side, side}, init).values()));
      EXPECT_TRUE(at::equal(tables.boxes(regions), region_boxes({&partition, 1}, {side, side})));
    }
  }
}

}  // namespace
}  // namespace gpst
