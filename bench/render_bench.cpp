// The ops of one picture on one thread: renderer, RoIAlign, norm with SiLU; forward and backward.
// Goals on one core: 64 x 64 x 16 from 128 Gaussians in 0.1 ms forward, 0.25 ms backward.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include "ops/group_norm_silu.h"
#include "ops/render.h"
#include "ops/render_tiles.h"
#include "ops/roi_align.h"
#include "ops/roi_bins.h"

namespace {

using namespace gpst;

// Tokens as a regular partition of the canvas makes them: columns x rows regions, each Gaussian
// with the extent that its region gives it.
at::Tensor partition_tokens(int64_t columns, int64_t rows, int64_t channels) {
  const at::Tensor tokens = at::randn({1, columns * rows, 5 + channels});
  for (int64_t i = 0; i < columns * rows; ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    const std::vector<double> geometry = {2.0 / 3 / columns, 2.0 / 3 / rows, 0.3,
                                          -1 + (2 * x + 1) / columns, -1 + (2 * y + 1) / rows};
    tokens[0][i].slice(0, 0, 5).copy_(at::tensor(geometry));
  }
  return tokens;
}

// Times f, or the backward pass of what f returns.
template <class F>
void run(benchmark::State& state, bool backward, F&& f) {
  at::set_num_threads(1);
  if (!backward) {
    const at::NoGradGuard no_grad;
    for (auto _ : state) benchmark::DoNotOptimize(f());
    return;
  }
  const at::Tensor out = f();
  const at::Tensor direction = at::randn_like(out);
  for (auto _ : state) out.backward(direction, /*retain_graph=*/true);
}

void render_map(benchmark::State& state, bool backward) {
  const int64_t channels = state.range(0), side = state.range(1), columns = state.range(2);
  const at::Tensor tokens = partition_tokens(columns, state.range(3), channels).requires_grad_();
  run(state, backward, [&] { return render(tokens, {.height = side, .width = side}); });
}

// As a frozen decoder takes it.
void render_tiles_map(benchmark::State& state, at::ScalarType dtype) {
  const int64_t channels = state.range(0), side = state.range(1), columns = state.range(2);
  const at::Tensor tokens = partition_tokens(columns, state.range(3), channels);
  run(state, false, [&] {
    return render_tiles(tokens, {.height = side, .width = side},
                        {.dtype = dtype, .format = at::MemoryFormat::ChannelsLast});
  });
}

at::Tensor boxes_of_256() {
  at::Tensor boxes = at::empty({128, 4});
  for (int64_t i = 0; i < 128; ++i) {
    const double x = static_cast<double>(i % 8) * 32, y = static_cast<double>(i / 8) * 16;
    boxes[i].copy_(at::tensor({x, y, x + 31, y + 15}));
  }
  return boxes;
}

void roi_bins_map(benchmark::State& state, at::ScalarType dtype) {
  const at::Tensor map =
      at::randn({1, 128, 256, 256}).to(dtype, false, false, at::MemoryFormat::ChannelsLast);
  const at::Tensor boxes = boxes_of_256(), mix = at::randn({30, 64});
  run(state, false, [&] { return roi_bins(map, boxes, 128, mix); });
}

void roi_align_map(benchmark::State& state, bool backward) {
  const at::Tensor map = at::randn({1, 128, 256, 256}).requires_grad_();
  const at::Tensor boxes = boxes_of_256();
  run(state, backward, [&] { return roi_align(map, boxes, 128, 8); });
}

struct Norm {
  at::Tensor x, weight, bias;
};

Norm norm_inputs(int64_t side) {
  return {at::randn({1, 128, side, side}).requires_grad_(), at::ones({128}).requires_grad_(),
          at::zeros({128}).requires_grad_()};
}

void norm_silu_map(benchmark::State& state, bool backward) {
  const Norm in = norm_inputs(state.range(0));
  const int64_t tiles = state.range(1);
  const NormOptions options{.kind = NormKind::tile, .tiles = tiles, .activation = Activation::silu};
  run(state, backward, [&] { return norm_silu(in.x, in.weight, in.bias, options); });
}

void aten_norm_silu_map(benchmark::State& state, bool backward) {
  const Norm in = norm_inputs(state.range(0));
  run(state, backward,
      [&] { return at::silu(at::group_norm(in.x, 32, in.weight, in.bias, 1e-6, false)); });
}

// channels, side of the canvas, columns and rows of the partition
void render_cases(benchmark::internal::Benchmark* b) {
  b->Args({16, 64, 8, 16})->Args({21, 64, 8, 16})->Args({32, 64, 16, 16})->Args({8, 64, 8, 8});
  b->Args({16, 128, 16, 32})->Args({16, 256, 32, 64})->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(render_map, forward, false)->Apply(render_cases);
BENCHMARK_CAPTURE(render_map, backward, true)->Apply(render_cases);
BENCHMARK_CAPTURE(render_tiles_map, channels_last, at::kFloat)->Apply(render_cases);
BENCHMARK_CAPTURE(render_tiles_map, channels_last_bf16, at::kBFloat16)->Apply(render_cases);
BENCHMARK_CAPTURE(roi_align_map, forward, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(roi_align_map, backward, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(roi_bins_map, float, at::kFloat)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(roi_bins_map, bf16, at::kBFloat16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(norm_silu_map, forward, false)
    ->ArgsProduct({{64, 256}, {1, 2}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(norm_silu_map, backward, true)
    ->ArgsProduct({{64, 256}, {1, 2}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(aten_norm_silu_map, forward, false)
    ->Args({64})
    ->Args({256})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(aten_norm_silu_map, backward, true)
    ->Args({64})
    ->Args({256})
    ->Unit(benchmark::kMillisecond);

}  // namespace
