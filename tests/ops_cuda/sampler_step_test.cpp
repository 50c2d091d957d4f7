// Noise and steps of the sampler as kernels against the CPU's.
#include "ops/sampler_step.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "ops/initial_noise.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

at::Tensor pictures_of(const std::vector<int64_t>& numbers) {
  return at::tensor(numbers, at::kLong);
}

TEST(InitialNoiseCuda, IsTheCpus) {
  for (const NoiseShape& shape : {NoiseShape{21, 128}, NoiseShape{5, 7}, NoiseShape{1, 1}}) {
    const auto drawn = [&](const at::Tensor& pictures) {
      return initial_noise(pictures, shape, ~uint64_t{5}, Purpose::layout_noise, 3).cpu();
    };
    const at::Tensor pictures = pictures_of({0, -7, 1LL << 40});
    const at::Tensor expected = drawn(pictures);
    const at::Tensor actual = on_kernels([&] { return drawn(to_kernels(pictures)); });
    EXPECT_TRUE(near(actual, expected, 2e-7));
  }
}

TEST(InitialNoiseCuda, TakesPicturesWithGapsAndNone) {
  const NoiseShape shape = {.channels = 3, .tokens = 4};
  const at::Tensor wide = pictures_of({3, 0, 11, 0}).view({2, 2}).select(1, 0);
  const auto drawn = [&](const at::Tensor& pictures) {
    return on_kernels([&] { return initial_noise(to_kernels(pictures), shape, 1).cpu(); });
  };
  EXPECT_TRUE(same_bits(drawn(wide), drawn(pictures_of({3, 11}))));
  EXPECT_EQ(drawn(pictures_of({})).numel(), 0);
}

// A run of a few steps, guided and not, with and without noise, on the device of kernels or here.
struct SampledRun {
  at::Tensor start = uniform({3, 4, 10}, 1, -1, 1, at::kFloat);
  at::Tensor table = uniform({5, 4}, 2, -1, 1, at::kFloat);
  at::Tensor outputs = uniform({5, 6, 4, 10}, 3, -1, 1, at::kFloat);  // of every step
  int64_t guided_channels = 0;

  SampledRun() {
    table[1][2] = 0;
    table[4][3] = 0;
  }

  at::Tensor end(const std::function<at::Tensor(const at::Tensor&)>& place) const {
    const at::Tensor x = place(start.clone()), step = place(at::zeros({1}, at::kInt));
    const at::Tensor coefficients = place(table), pictures = place(pictures_of({2, 9, 4}));
    for (int64_t k = 0; k < 5; ++k) {
      const at::Tensor output = place(outputs[k].narrow(0, 0, k == 1 ? 3 : 6));
      sampler_step(x, output, coefficients, step, pictures, {.seed = 8},
                   {.channels = guided_channels});
      advance_step(step);
    }
    EXPECT_EQ(step.item<int>(), 5);
    return x.cpu();
  }

  void expect_same_end(double tolerance) const {
    const at::Tensor expected = end([](const at::Tensor& t) { return t; });
    const at::Tensor actual = on_kernels([&] { return end(to_kernels); });
    EXPECT_TRUE(near(actual, expected, tolerance));
  }
};

TEST(SamplerStepCuda, EndsARunWhereTheCpuDoes) { SampledRun().expect_same_end(1e-6); }

TEST(SamplerStepCuda, GuidesTheFirstChannelsOnly) {
  SampledRun run;
  run.guided_channels = 3;
  run.expect_same_end(1e-6);
}

TEST(SamplerStepCuda, TakesOutputsOfAnyTypeAndOrder) {
  SampledRun run;
  run.outputs = run.outputs.to(at::kBFloat16);
  run.expect_same_end(1e-6);
  // What a net's last linear layer makes: [R,l,2C].
  run.outputs = uniform({5, 6, 10, 8}, 3, -1, 1, at::kBFloat16).transpose(2, 3);
  run.expect_same_end(1e-6);
}

TEST(SamplerStepCuda, TakesTheShapeOfNets) {
  SampledRun run;
  run.start = run.start.unsqueeze(-1);
  run.outputs = run.outputs.unsqueeze(-1);
  run.expect_same_end(1e-6);
}

TEST(SamplerStepCuda, MakesNaNOfAStepOutsideTheTable) {
  const at::Tensor x = at::ones({1, 2, 4}), output = at::ones({2, 2, 4});
  const at::Tensor table = at::ones({3, 4}), step = at::full({1}, 3, at::kInt);
  const at::Tensor end = on_kernels([&] {
    const at::Tensor state = to_kernels(x).clone();
    sampler_step(state, to_kernels(output), to_kernels(table), to_kernels(step),
                 to_kernels(pictures_of({0})), {});
    return state.cpu();
  });
  EXPECT_TRUE(end.isnan().all().item<bool>());
}

TEST(SamplerStepCuda, RefusesWhatTheCpuRefuses) {
  const at::Tensor x = at::ones({1, 2, 4}), output = at::ones({3, 2, 4});
  EXPECT_EQ(message_of<InputError>([&] {
              on_kernels([&] {
                sampler_step(to_kernels(x), to_kernels(output), to_kernels(at::ones({3, 4})),
                             to_kernels(at::zeros({1}, at::kInt)), to_kernels(pictures_of({0})),
                             {});
              });
            }),
            "sampler_step: output must have the shape [1 or 2, 2 or more, 4], found [3, 2, 4]");
}

}  // namespace
}  // namespace gpst
