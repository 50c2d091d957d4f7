// The kernel of roi_bins against the CPU's float64.
#include "ops/roi_bins.h"

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::uniform;

at::Tensor some_boxes() {
  return at::tensor({0.0F, 0.0F, 7.0F, 5.0F, 3.2F, 1.7F, 19.9F, 12.1F, -4.0F, -3.5F, 6.0F, 4.0F,
                     15.0F, 9.0F, 30.0F, 22.0F})
      .view({4, 4});
}

at::Tensor on_device(const at::Tensor& map, const at::Tensor& boxes, const at::Tensor& mix) {
  return on_kernels(
      [&] { return roi_bins(to_kernels(map), to_kernels(boxes), 2, to_kernels(mix)).cpu(); });
}

TEST(RoiBinsCuda, AgreesWithTheCpu) {
  for (const int64_t channels : {1, 6, 48}) {
    for (const int64_t bins : {1, 3, 8}) {
      const at::Tensor map = uniform({2, channels, 14, 21}, 1, -1, 1, at::kFloat);
      const at::Tensor mix = uniform({4, bins * bins}, 2, -1, 1, at::kFloat);
      const auto wide = [&](const at::Tensor& m) {
        return roi_bins(m.to(at::kDouble), some_boxes(), 2, mix.to(at::kDouble));
      };
      const at::Tensor half = map.to(at::kBFloat16);
      for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        EXPECT_TRUE(near(on_device(map.contiguous(format), some_boxes(), mix), wide(map), 5e-6));
        const at::Tensor found = on_device(half.contiguous(format), some_boxes(), mix);
        EXPECT_EQ(found.scalar_type(), at::kBFloat16);
        EXPECT_TRUE(near(found, wide(half), 1.0 / 256));
      }
    }
  }
}

TEST(RoiBinsCuda, RefusesWhatItCannot) {
  const at::Tensor map = at::ones({2, 3, 14, 21}), mix = at::ones({2, 4});
  const auto message = [](const at::Tensor& m, const at::Tensor& boxes, const at::Tensor& weights) {
    return message_of<InputError>([&] { on_device(m, boxes, weights); });
  };
  EXPECT_NE(message(map.to(at::kDouble), some_boxes(), mix.to(at::kDouble)).find("float32"),
            std::string::npos);
  EXPECT_NE(message(map, some_boxes().to(at::kDouble), mix).find("boxes"), std::string::npos);
  EXPECT_NE(message(map, some_boxes(), at::ones({2, 289})).find("17"), std::string::npos);
  EXPECT_EQ(on_device(at::ones({0, 3, 5, 5}), at::ones({0, 4}), mix).numel(), 0);
}

}  // namespace
}  // namespace gpst
