// RoIAlign's kernels against the CPU's float64.
#include "ops/roi_align.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

// Inside, across each border, far outside, larger than the map, of size 0 and less.
at::Tensor some_boxes() {
  return at::tensor({0.0F, 0.0F,  7.0F, 5.0F,  3.2F, 1.7F, 19.9F, 12.1F, -4.0F, -3.5F, 6.0F,
                     4.0F, 15.0F, 9.0F, 30.0F, 22.F, 50.F, 60.F,  70.0F, 80.0F, -9.0F, -7.0F,
                     40.F, 31.0F, 2.0F, 2.0F,  2.0F, 9.0F, 5.0F,  6.0F,  4.0F,  3.0F})
      .view({8, 4});
}

struct Result {
  at::Tensor out, grad_map;
};

Result run(const at::Tensor& map_in, const at::Tensor& boxes, int64_t bins,
           const at::Tensor& direction) {
  const at::Tensor map = map_in.detach().requires_grad_();
  const at::Tensor out = roi_align(map, boxes, 4, bins);
  out.backward(direction);
  return {out.detach().cpu(), map.grad().cpu()};
}

TEST(RoiAlignCuda, AgreesWithTheCpu) {
  for (const int64_t channels : {1, 5, 32}) {
    for (const int64_t bins : {1, 3, 8}) {
      const at::Tensor map = uniform({2, channels, 14, 21}, 1, -1, 1, at::kFloat);
      const at::Tensor direction = uniform({8, channels, bins, bins}, 2, -1, 1, at::kFloat);
      const Result wide = run(map.to(at::kDouble), some_boxes(), bins, direction.to(at::kDouble));
      for (const at::Tensor& x : {map, map.contiguous(kLast)}) {
        const Result found = on_kernels([&] {
          return run(to_kernels(x), to_kernels(some_boxes()), bins, to_kernels(direction));
        });
        EXPECT_TRUE(near(found.out, wide.out, 5e-6)) << channels << " channels, " << bins;
        EXPECT_TRUE(near(found.grad_map, wide.grad_map, 5e-6)) << channels << " channels, " << bins;
      }
    }
  }
}

TEST(RoiAlignCuda, RepeatsToTheBitInAnyLayout) {
  const at::Tensor map = uniform({2, 8, 14, 21}, 1, -1, 1, at::kFloat);
  const at::Tensor direction = uniform({8, 8, 8, 8}, 2, -1, 1, at::kFloat);
  const auto compute = [&](const at::Tensor& x) {
    return on_kernels(
        [&] { return run(to_kernels(x), to_kernels(some_boxes()), 8, to_kernels(direction)); });
  };
  const Result first = compute(map), second = compute(map.contiguous(kLast));
  EXPECT_TRUE(same_bits(first.out, second.out));
  EXPECT_TRUE(same_bits(first.grad_map, second.grad_map));
}

TEST(RoiAlignCuda, AMapWithANaNIsAsOnTheCpu) {
  at::Tensor map = uniform({2, 3, 14, 21}, 1, -1, 1, at::kFloat);
  map[1][2][3][4] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor expected = roi_align(map, some_boxes(), 4, 8).isnan();
  const at::Tensor found = on_kernels(
      [&] { return roi_align(to_kernels(map), to_kernels(some_boxes()), 4, 8).cpu().isnan(); });
  EXPECT_TRUE(expected.any().item<bool>());
  EXPECT_TRUE(at::equal(found, expected));
}

TEST(RoiAlignCuda, ABoxThatTheCpuRefusesGivesNaN) {
  at::Tensor boxes = some_boxes();
  boxes[3][1] = std::numeric_limits<float>::infinity();
  boxes[4][2] = 1e9F;
  const at::Tensor out =
      on_kernels([&] {
        return roi_align(to_kernels(at::ones({2, 3, 14, 21})), to_kernels(boxes), 4, 2);
      }).cpu();
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(out[i].isnan().all().item<bool>(), i == 3 || i == 4) << i;
  }
}

TEST(RoiAlignCuda, TakesNoPictureAndRefusesWhatItCannot) {
  const auto on_device = [](const at::Tensor& map, const at::Tensor& boxes, int64_t bins) {
    return on_kernels([&] { return roi_align(to_kernels(map), to_kernels(boxes), 4, bins); });
  };
  EXPECT_EQ(on_device(at::ones({0, 3, 5, 5}), at::ones({0, 4}), 8).size(0), 0);
  const at::Tensor map = at::ones({2, 3, 14, 21});
  const auto message = [&](const at::Tensor& m, const at::Tensor& boxes, int64_t bins) {
    return message_of<InputError>([&] { on_device(m, boxes, bins); });
  };
  EXPECT_NE(message(map.to(at::kDouble), some_boxes(), 8).find("float32"), std::string::npos);
  EXPECT_NE(message(map, some_boxes().to(at::kDouble), 8).find("boxes"), std::string::npos);
  EXPECT_NE(message(map, some_boxes(), 17).find("17"), std::string::npos);
}

}  // namespace
}  // namespace gpst
