// One evaluation of SiT on one thread: what a sampler's step costs. Rows: 1 outside the guidance
// interval, 2 inside.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include "nn/attention.h"
#include "nn/sit.h"

namespace {

using namespace gpst;

constexpr int64_t kConditionChannels = 5;

void sit_step(benchmark::State& state, const SitOptions& options) {
  at::set_num_threads(1);
  const int64_t rows = state.range(0), tokens = options.latent_size;
  Sit net(options, kConditionChannels);
  net.initialise(0);
  const at::Tensor x = at::randn({rows, options.in_channels, tokens, 1});
  const PreparedSit prepared =
      net.prepare(at::zeros({rows}, at::kLong), at::randn({rows, tokens, kConditionChannels}));
  for (auto _ : state) benchmark::DoNotOptimize(net.step(x, 0.5F, prepared));
}

SitOptions named(const char* name) {
  SitOptions options;
  options.name = name;
  return options;
}

SitOptions tiny64() {
  SitOptions options;
  options.name = "tiny64";
  options.depth = 6;
  options.hidden_size = 256;
  options.num_heads = 8;
  options.latent_size = 64;
  options.in_channels = 17;
  return options;
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
BENCHMARK_CAPTURE(sit_step, tiny64, tiny64())->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(sit_step, S, named("S"))->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(sit_step, XL, named("XL"))->Arg(1)->Arg(2)->Unit(kUnit);
BENCHMARK_CAPTURE(attention, products, false)->Arg(64)->Arg(128)->Arg(256)->Unit(kUnit);
BENCHMARK_CAPTURE(attention, fused, true)->Arg(64)->Arg(128)->Arg(256)->Unit(kUnit);

}  // namespace
