// Samples of the same seeds on the CPU and where the kernels are.
#include <gtest/gtest.h>

#include "tests/support/batch_pictures.h"
#include "tests/support/kernel_device.h"
#include "tests/support/tiny_sampler.h"

namespace gpst {
namespace {

constexpr double kSameInFloat32 = 40;   // dB
constexpr double kSameInBfloat16 = 20;  // dB; random weights of three small nets in a row

// The published solver in as few steps as have one with guidance and one without.
SamplingOptions few_steps(Solver solver) {
  SamplingOptions sampling = tiny_sampling();
  sampling.solver = solver;
  sampling.steps = 4;
  return sampling;
}

Pictures cpu_pictures(const PictureSampler& sampler, const std::vector<SampleItem>& items) {
  Pictures pictures;
  for (const SampleItem& item : items) pictures[item.index] = sampler.picture(item);
  return pictures;
}

double worst_on_kernels(const SamplingOptions& sampling, at::ScalarType type) {
  const PictureSampler sampler = tiny_sampler(5, sampling);
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 3);
  const Pictures expected = cpu_pictures(sampler, items);
  const Pictures made = on_kernels([&] {
    const PictureSampler placed =
        tiny_sampler(5, sampling, {.device = kernel_device(), .type = type});
    return batch_pictures(placed, items, 2);
  });
  return worst_psnr(made, expected);
}

TEST(DeviceSampler, TheStochasticSamplerMakesTheCpusPictures) {
  EXPECT_GT(worst_on_kernels(few_steps(Solver::sde_euler), at::kFloat), kSameInFloat32);
}

TEST(DeviceSampler, TheOdeSamplerMakesTheCpusPictures) {
  EXPECT_GT(worst_on_kernels(few_steps(Solver::euler), at::kFloat), kSameInFloat32);
}

TEST(DeviceSampler, GuidanceOnTheFirstChannelsAloneMakesTheCpusPictures) {
  SamplingOptions sampling = few_steps(Solver::sde_euler);
  sampling.cfg = 4;
  sampling.cfg_channels = 3;
  EXPECT_GT(worst_on_kernels(sampling, at::kFloat), kSameInFloat32);
}

TEST(DeviceSampler, SolversWithoutATableMakeTheCpusPictures) {
  for (const Solver solver : {Solver::sde_heun, Solver::dopri5}) {
    EXPECT_GT(worst_on_kernels(few_steps(solver), at::kFloat), kSameInFloat32);
  }
}

TEST(DeviceSampler, Bfloat16IsNear) {
  EXPECT_GT(worst_on_kernels(few_steps(Solver::euler), at::kBFloat16), kSameInBfloat16);
}

}  // namespace
}  // namespace gpst
