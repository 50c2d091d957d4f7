#include "ops/roi_bins.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "ops/cpu/roi_bins_kernel.h"
#include "ops/roi_align.h"
#include "ops/roi_boxes.h"
#include "tests/ops/levels.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::near;
using test::uniform;

at::Tensor some_boxes() {
  return at::tensor({0.0, 0.0, 7.0, 5.0, 3.2, 1.7, 19.9, 12.1, -4.0, -3.5, 6.0, 4.0, 15.0, 9.0,
                     30.0, 22.0},
                    at::kDouble)
      .view({4, 4});
}

// The same in two steps: [n, r*r] x [B*l, C, r*r] -> [n, B*l, C]
at::Tensor plain(const at::Tensor& map, const at::Tensor& mix, int64_t bins) {
  const at::Tensor rois = roi_align(map, some_boxes(), 2, bins).flatten(2);  // [B*l, C, r*r]
  return at::einsum("mk,ick->mic", {mix, rois});
}

TEST(RoiBins, IsRoiAlignThenMixing) {
  const at::Tensor map = uniform({2, 5, 14, 21}, 1, -1, 1);
  for (int64_t bins : {1, 2, 8}) {
    const at::Tensor mix = uniform({3, bins * bins}, 2, -1, 1);
    const at::Tensor expected = plain(map, mix, bins);
    EXPECT_TRUE(near(roi_bins(map, some_boxes(), 2, mix), expected, 1e-13));
    const at::Tensor narrow_mix = mix.to(at::kFloat), boxes = some_boxes().to(at::kFloat);
    const at::Tensor last = map.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(near(roi_bins(last, boxes, 2, narrow_mix), expected, 5e-6));
    const at::Tensor half = roi_bins(map.to(at::kBFloat16), boxes, 2, narrow_mix);
    EXPECT_EQ(half.scalar_type(), at::kBFloat16);
    EXPECT_TRUE(near(half, plain(map.to(at::kBFloat16).to(at::kDouble), mix, bins), 1.0 / 256));
  }
}

// Channels in blocks of several vectors, in single vectors and in a rest of one; mixtures likewise.
TEST(RoiBins, TakesAnyNumberOfChannelsAndMixturesAtEveryLevel) {
  constexpr int64_t kBins = 4;
  for (const int64_t channels : {1, 3, 16, 37, 64, 131}) {
    const at::Tensor map = uniform({2, channels, 14, 21}, 1, -1, 1, at::kFloat);
    const at::Tensor mix = uniform({7, kBins * kBins}, 2, -1, 1, at::kFloat);
    const at::Tensor expected = plain(map.to(at::kDouble), mix.to(at::kDouble), kBins);
    const at::Tensor last = map.permute({0, 2, 3, 1}).contiguous();  // [B,H,W,C]
    const auto plans = ops::plan_boxes<float>("test", some_boxes(), {14, 21, kBins});
    test::for_each_simd_level([&](auto level) {
      at::Tensor out = at::full({7, 4, channels}, 9, at::kFloat);
      std::vector<float> workspace(static_cast<size_t>(cpu::roi_bins_workspace(kBins, channels)));
      for (int64_t i = 0; i < 4; ++i) {
        cpu::roi_bins<level(), float, float>(
            plans[static_cast<size_t>(i)].view(), kBins,
            {last[i / 2].const_data_ptr<float>(), 21, channels},
            {mix.const_data_ptr<float>(), mix.size(0)}, workspace.data(),
            out.mutable_data_ptr<float>() + i * channels, 4 * channels);
      }
      EXPECT_TRUE(near(out, expected, 2e-6)) << channels;
    });
  }
}

TEST(RoiBins, DoesNotDependOnTheLayoutTheBatchOrTheNumberOfThreads) {
  const at::Tensor map = uniform({2, 37, 14, 21}, 1, -1, 1, at::kFloat);
  const at::Tensor mix = uniform({5, 16}, 2, -1, 1, at::kFloat);
  const at::Tensor boxes = some_boxes();
  const at::Tensor out = roi_bins(map, boxes, 2, mix);
  const auto same = [&](const at::Tensor& m) {
    return test::same_bits(out, roi_bins(m, boxes, 2, mix));
  };
  EXPECT_TRUE(same(map.contiguous(at::MemoryFormat::ChannelsLast)));
  EXPECT_TRUE(
      test::same_bits(out.slice(1, 2), roi_bins(map[1].unsqueeze(0), boxes.slice(0, 2), 2, mix)));
  const int threads = at::get_num_threads();
  at::set_num_threads(threads == 1 ? 2 : 1);
  EXPECT_TRUE(same(map));
  at::set_num_threads(threads);
}

TEST(RoiBins, RoundsBfloat16OnceAtTheEnd) {
  const at::Tensor map = uniform({2, 37, 14, 21}, 1, -1, 1, at::kBFloat16);
  const at::Tensor mix = uniform({5, 16}, 2, -1, 1, at::kFloat), boxes = some_boxes();
  EXPECT_TRUE(test::same_bits(roi_bins(map, boxes, 2, mix),
                              roi_bins(map.to(at::kFloat), boxes, 2, mix).to(at::kBFloat16)));
  map.fill_(NAN);
  EXPECT_TRUE(roi_bins(map, boxes, 2, mix).isnan().all().item<bool>());
}

TEST(RoiBins, ABoxOutsideTheMapGivesZeros) {
  const at::Tensor map = at::ones({1, 3, 9, 9}), boxes = at::tensor({40.F, 40.F, 50.F, 50.F});
  EXPECT_TRUE(roi_bins(map, boxes.view({1, 4}), 1, at::ones({2, 4})).eq(0).all().item<bool>());
}

TEST(RoiBins, KnowsTheShapeWithoutData) {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const at::Tensor out = roi_bins(at::empty({2, 5, 9, 9}, meta.dtype(at::kBFloat16)),
                                  at::empty({6, 4}, meta), 3, at::empty({30, 64}, meta));
  EXPECT_EQ(out.sizes(), (std::vector<int64_t>{30, 6, 5}));
  EXPECT_EQ(out.scalar_type(), at::kBFloat16);
}

TEST(RoiBinsErrors, NameWhatIsWrong) {
  const at::Tensor map = at::zeros({2, 3, 9, 9}), boxes = at::zeros({6, 4});
  const at::Tensor mix = at::zeros({2, 4});
  const auto message = [](const at::Tensor& m, const at::Tensor& b, const at::Tensor& weights) {
    return message_of<InputError>([&] { roi_bins(m, b, 3, weights); });
  };
  EXPECT_NE(message(map[0], boxes, mix).find("roi_bins: map must have the shape"),
            std::string::npos);
  EXPECT_NE(message(map, boxes.slice(0, 0, 5), mix).find("5 boxes"), std::string::npos);
  EXPECT_NE(message(map, boxes, at::zeros({2, 5})).find("5 weights"), std::string::npos);
  EXPECT_NE(message(map, boxes, at::zeros({2, 0})).find("0 weights"), std::string::npos);
  EXPECT_NE(message(map, boxes, mix.to(at::kDouble)).find("mix must be Float"), std::string::npos);
  EXPECT_NE(message(map.to(at::kBFloat16), boxes, mix.to(at::kBFloat16)).find("BFloat16"),
            std::string::npos);
  EXPECT_NE(message(map.to(at::kHalf), boxes, mix).find("Half"), std::string::npos);
  at::Tensor astray = boxes.clone();
  astray[4][2] = INFINITY;
  EXPECT_NE(message(map, astray, mix).find("roi_bins: box 4 is not finite"), std::string::npos);
  at::Tensor leaf = mix.clone().requires_grad_();
  EXPECT_NE(message(map, boxes, leaf).find("gradient"), std::string::npos);
  const at::NoGradGuard no_grad;
  EXPECT_EQ(roi_bins(map, boxes, 3, leaf).size(0), 2);
}

}  // namespace
}  // namespace gpst
