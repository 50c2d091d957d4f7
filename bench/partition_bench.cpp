// Time of the partition: one 256x256 picture, by number of tokens; and its parts.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "base/philox.h"
#include "layout_gen/calibration.h"
#include "tokenizer/initial_gaussians.h"
#include "tokenizer/partition.h"
#include "tokenizer/region_complexity.h"

namespace gpst {
namespace {

// Waves of growing frequency under a little noise: detail is spread unevenly, as in a photograph.
std::vector<float> picture(int side) {
  std::vector<float> grey(static_cast<size_t>(side) * side);
  PhiloxStream(1, 0, Purpose::train_noise).fill_uniform(grey);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double fx = static_cast<double>(x) / side, fy = static_cast<double>(y) / side;
      float& value = grey[static_cast<size_t>(y) * side + x];
      value = static_cast<float>(0.8 * std::sin(60 * fx * fx * fy) * std::cos(40 * fy * fy) +
                                 0.2 * (2 * value - 1) * fx);
    }
  }
  return grey;
}

void partition_256(benchmark::State& state) {
  const std::vector<float> grey = picture(256);
  PartitionOptions options;
  options.tokens = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(partition_tile(grey, 256, 256, options));
}
BENCHMARK(partition_256)->Arg(64)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);

void partition_64(benchmark::State& state) {
  const std::vector<float> grey = picture(64);
  PartitionOptions options;
  options.tokens = 64;
  options.minhw = 4;
  for (auto _ : state) benchmark::DoNotOptimize(partition_tile(grey, 64, 64, options));
}
BENCHMARK(partition_64)->Unit(benchmark::kMillisecond);

void complexity_of_a_region(benchmark::State& state) {
  const std::vector<float> grey = picture(256);
  RegionComplexity complexity(grey, 256, 256, 2.5);
  const int side = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(complexity({0, 0, side - 1, side - 1}));
}
BENCHMARK(complexity_of_a_region)->RangeMultiplier(2)->Range(8, 256)->Unit(benchmark::kMicrosecond);

void calibrate_64_means(benchmark::State& state) {
  PartitionOptions options;
  options.tokens = 64;
  options.minhw = 4;
  std::vector<Point> means;
  for (const Region& region : partition_tile(picture(64), 64, 64, options).regions) {
    const InitialGaussian gaussian = initial_gaussian(region, 64, 64);
    means.push_back({gaussian.x, gaussian.y});
  }
  for (auto _ : state) benchmark::DoNotOptimize(calibrate(means, {64, 4}));
}
BENCHMARK(calibrate_64_means)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gpst
