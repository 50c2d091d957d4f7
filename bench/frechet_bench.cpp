// Time of the Fréchet distance between features of 2,048 dimensions, its parts, and what else the
// metrics do with features.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <benchmark/benchmark.h>

#include "base/parallel.h"
#include "eval/covariance_factor.h"
#include "eval/frechet.h"
#include "eval/kernel_distance.h"
#include "eval/moments.h"
#include "eval/precision_recall.h"
#include "nn/libtorch_threads.h"

namespace gpst {
namespace {

// Rows [n,d] f32 like features of pictures: dependent, with variances over four decades, positive.
at::Tensor features(int64_t n, int64_t d, uint64_t seed) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(seed);
  at::Generator mixing = at::make_generator<at::CPUGeneratorImpl>(7);
  const auto options = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor scale = at::logspace(0, -2, d, 10, options);              // [d]
  const at::Tensor mix = at::randn({d, d}, mixing, options) / std::sqrt(d);  // [d,d]
  return (at::randn({n, d}, random, options) * scale).matmul(mix).add_(0.5).clamp_min_(-0.4);
}

Moments moments(int64_t n, int64_t d, uint64_t seed) { return moments_of(features(n, d, seed)); }

// Arguments: rows of the first set, of the second. More than 2,048 rows give full rank.
void frechet_2048(benchmark::State& state) {
  const Moments a = moments(state.range(0), 2048, 1), b = moments(state.range(1), 2048, 2);
  for (auto _ : state) benchmark::DoNotOptimize(frechet_distance(a, b));
}
BENCHMARK(frechet_2048)
    ->Args({4000, 3000})
    ->Args({4000, 2000})
    ->Args({2000, 2000})
    ->Args({500, 500})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// sigma kept in float32: the lowest eigenvalues are no longer positive.
void frechet_2048_of_float32_files(benchmark::State& state) {
  Moments a = moments(2000, 2048, 1), b = moments(2000, 2048, 2);
  for (Moments* m : {&a, &b}) m->covariance = m->covariance.to(at::kFloat).to(at::kDouble);
  for (auto _ : state) benchmark::DoNotOptimize(frechet_distance(a, b));
}
BENCHMARK(frechet_2048_of_float32_files)->Unit(benchmark::kMillisecond)->UseRealTime();

template <class Operation>
void part(benchmark::State& state, const Operation& operation) {
  const Moments a = moments(state.range(0), 2048, 1);
  const LibtorchThreads threads(static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(operation(a));
}

void part_check(benchmark::State& state) {
  part(state, [](const Moments& a) { return check_moments(a, "a"), 0; });
}
void part_cholesky(benchmark::State& state) {
  part(state, [](const Moments& a) { return cholesky_factor(a.covariance); });
}
void part_pivoted(benchmark::State& state) {
  part(state, [](const Moments& a) { return pivoted_factor(a.covariance); });
}
void part_eigenvalues(benchmark::State& state) {
  part(state, [](const Moments& a) { return at::linalg_eigvalsh(a.covariance.t(), "L"); });
}
void part_eigenvectors(benchmark::State& state) {
  part(state, [](const Moments& a) { return eigen_factor(a.covariance); });
}
void part_singular_values(benchmark::State& state) {
  part(state, [](const Moments& a) { return at::linalg_svdvals(a.covariance); });
}
void part_matrix_product(benchmark::State& state) {
  part(state, [](const Moments& a) { return a.covariance.matmul(a.covariance); });
}

// Arguments: rows of the set, LibTorch's threads.
#define PART(name) BENCHMARK(name)->Unit(benchmark::kMillisecond)->UseRealTime()
PART(part_check)->Args({4000, 1});
PART(part_cholesky)->Args({4000, 1})->Args({4000, 2});
PART(part_pivoted)->Args({4000, 1})->Args({2000, 1})->Args({2000, 2});
PART(part_eigenvalues)->Args({4000, 1})->Args({4000, 2});
PART(part_eigenvectors)->Args({4000, 1})->Args({4000, 2});
PART(part_singular_values)->Args({4000, 1})->Args({4000, 2});
PART(part_matrix_product)->Args({4000, 1})->Args({4000, 2});
#undef PART

// Rows per second into the sums.
void moments_2048(benchmark::State& state) {
  const at::Tensor rows = features(1024, 2048, 1);
  MomentAccumulator accumulator(2048);
  for (auto _ : state) accumulator.add(rows);
  state.SetItemsProcessed(state.iterations() * rows.size(0));
}
BENCHMARK(moments_2048)->Unit(benchmark::kMillisecond)->UseRealTime();

// One of the 100 subsets of 1,000 pictures.
void kernel_distance_subset(benchmark::State& state) {
  const at::Tensor x = features(1000, 2048, 1), y = features(1000, 2048, 2);
  const LibtorchThreads one(1);
  for (auto _ : state) benchmark::DoNotOptimize(squared_discrepancy(x, y));
}
BENCHMARK(kernel_distance_subset)->Unit(benchmark::kMillisecond)->UseRealTime();

void precision_recall_2000(benchmark::State& state) {
  const at::Tensor x = features(2000, 2048, 1), y = features(2000, 2048, 2);
  const PrecisionRecallOptions options{.threads = default_threads()};
  for (auto _ : state) benchmark::DoNotOptimize(precision_recall(x, y, options));
}
BENCHMARK(precision_recall_2000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace gpst
