// One evaluation of SiT on one thread: what a sampler's step costs. Rows: 1 outside the guidance
// interval, 2 inside. And whole runs of every solver for one picture, with the rows of the net they
// compute in a second: what is lost to the rows of sit_step is the solver's own.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include "bench/sit_step.h"
#include "flow/sample.h"
#include "flow/sit_field.h"
#include "nn/attention.h"

namespace {

using namespace gpst;
using namespace gpst::bench;

void sit_step(benchmark::State& state, const SitOptions& options) {
  at::set_num_threads(1);
  const SitStep step(options, state.range(0), at::kFloat);
  for (auto _ : state) benchmark::DoNotOptimize(step());
}

void solver_run(benchmark::State& state, const char* solver) {
  at::set_num_threads(1);
  const SitOptions net_options = tiny64_sit();
  const int64_t tokens = net_options.latent_size;
  const FrozenSit net = random_sit(net_options, at::kFloat);
  SamplingOptions options;
  options.solver = parse_solver(solver);
  options.steps = 5;
  const at::Tensor y = at::zeros({1}, at::kLong);
  const at::Tensor condition = at::randn({1, tokens, kConditionChannels});
  int64_t rows = 0;
  for (auto _ : state) {
    SitField field(net, y, condition, {.tokens = tokens, .times = evaluation_times({}, options)});
    CountingField counter(field);
    PhiloxNoise noise(0, {0});
    benchmark::DoNotOptimize(
        sample_flow(counter, noise, {1, net_options.in_channels, tokens, 1}, {}, options));
    rows += counter.rows();
  }
  state.counters["rows"] =
      benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(rows);
}

// Attention as matrix products, and LibTorch's fused kernel, forward.
void attention(benchmark::State& state, bool fused) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  const int64_t tokens = state.range(0), heads = 16, head = 72;
  const at::Tensor qkv = at::randn({1, tokens, 3 * heads * head});
  for (auto _ : state) {
    if (!fused) {
      benchmark::DoNotOptimize(multi_head_attention(qkv, heads));
      continue;
    }
    const at::Tensor split = qkv.view({1, tokens, 3, heads, head}).permute({2, 0, 3, 1, 4});
    benchmark::DoNotOptimize(at::scaled_dot_product_attention(split[0], split[1], split[2])
                                 .transpose(1, 2)
                                 .reshape({1, tokens, heads * head}));
  }
}

constexpr auto kUnit = benchmark::kMillisecond;
BENCHMARK_CAPTURE(sit_step, tiny64, tiny64_sit())->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(sit_step, S, named_sit("S"))->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(sit_step, XL, named_sit("XL"))->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, sde_euler, "sde-euler")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, sde_heun, "sde-heun")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, euler, "euler")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, heun, "heun")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, midpoint, "midpoint")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, rk4, "rk4")->Unit(kUnit);
BENCHMARK_CAPTURE(solver_run, dopri5, "dopri5")->Unit(kUnit);
BENCHMARK_CAPTURE(attention, products, false)->Arg(64)->Arg(128)->Arg(256)->Unit(kUnit);
BENCHMARK_CAPTURE(attention, fused, true)->Arg(64)->Arg(128)->Arg(256)->Unit(kUnit);

}  // namespace
