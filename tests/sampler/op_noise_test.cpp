#include "sampler/op_noise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(OpNoise, IsTheNoiseOfPhiloxNoise) {
  const NoisePurposes purposes{.initial = Purpose::layout_noise,
                               .step = Purpose::layout_step_noise};
  const std::vector<int64_t> pictures = {3, 0, 41};
  OpNoise ours(at::tensor(pictures, at::kLong), 17, purposes);
  PhiloxNoise expected(17, pictures, purposes);
  const std::vector<int64_t> shape = {3, 5, 7, 1};
  EXPECT_TRUE(at::allclose(ours.initial(shape), expected.initial(shape), 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(ours.step(4, shape), expected.step(4, shape), 1e-6, 1e-6));
  EXPECT_FALSE(at::allclose(ours.step(4, shape), ours.step(5, shape)));
}

TEST(OpNoise, AnotherNumberOfRowsIsRefused) {
  OpNoise noise(at::zeros({3}, at::kLong), 1, {});
  EXPECT_THROW(noise.initial({2, 5, 7, 1}), InputError);
}

}  // namespace
}  // namespace gpst
