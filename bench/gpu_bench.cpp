// The stages on a GPU, with random weights of the published sizes. Times of kernels are device
// times: the work is recorded as a graph of many repetitions, so that the host's launches do not
// count. Each line names the goal it is measured against. Without a CUDA device nothing is
// measured.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "bench/random_tokens.h"
#include "ops/accelerator.h"
#include "ops/device.h"
#include "ops/render.h"
#include "ops/render_ops.h"
#include "ops/render_tiles.h"
#include "sampler/batch_sampler.h"
#include "texture_gen/texture_model.h"
#include "tokenizer/model.h"
#include "tokenizer/partition_regions.h"
#include "tokenizer/partition_setup.h"

namespace {

using namespace gpst;
using Clock = std::chrono::steady_clock;

constexpr int kRepetitions = 50;  // of a kernel in one graph

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

at::TensorOptions on_gpu() { return at::TensorOptions(at::Device(at::kCUDA, 0)); }

// Device time of `work`, which allocates and computes on the current stream, divided by `share`.
void time_on_device(benchmark::State& state, const std::function<void()>& work, int repetitions,
                    int64_t share = 1) {
  const at::NoGradGuard no_gradients;
  const auto accelerator = Accelerator::of(on_gpu().device());
  const auto stream = accelerator->make_stream();
  accelerator->synchronise();
  const auto graph = accelerator->capture(*stream, [&] {
    for (int i = 0; i < repetitions; ++i) work();
  });
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    stream->run([&] { graph->replay(); });
    stream->synchronise();
    state.SetIterationTime(seconds_since(start) / static_cast<double>(repetitions * share));
  }
}

// Time of `work` as the host sees it, launches included, divided by `share`. For work that is not
// recorded as a graph; it runs once before.
void time_on_host(benchmark::State& state, const std::function<void()>& work, int64_t share) {
  const auto accelerator = Accelerator::of(on_gpu().device());
  work();
  for (auto _ : state) {
    accelerator->synchronise();
    const Clock::time_point start = Clock::now();
    work();
    accelerator->synchronise();
    state.SetIterationTime(seconds_since(start) / static_cast<double>(share));
  }
}

struct RenderShape {
  int64_t pictures, side, channels, tokens;
  const char* goal;
};

void render_forward(benchmark::State& state, const RenderShape& shape) {
  const at::Tensor tokens =
      bench::random_tokens(shape.pictures, shape.tokens, shape.channels).to(on_gpu());
  const RenderOptions options{.height = shape.side, .width = shape.side};
  time_on_device(
      state, [&] { benchmark::DoNotOptimize(render(tokens, options)); }, kRepetitions);
  state.SetLabel(shape.goal);
}

// As a decoder in bfloat16 takes it.
void render_map(benchmark::State& state, const RenderShape& shape) {
  const at::Tensor tokens =
      bench::random_tokens(shape.pictures, shape.tokens, shape.channels).to(on_gpu());
  const RenderOptions options{.height = shape.side, .width = shape.side};
  const MapStorage storage{.dtype = at::kBFloat16, .format = at::MemoryFormat::ChannelsLast};
  time_on_device(
      state, [&] { benchmark::DoNotOptimize(render_tiles(tokens, options, storage)); },
      kRepetitions);
  state.SetLabel(shape.goal);
}

void render_gradient(benchmark::State& state, const RenderShape& shape) {
  const at::Tensor tokens =
      bench::random_tokens(shape.pictures, shape.tokens, shape.channels).to(on_gpu());
  const at::Tensor gradient =
      at::randn({shape.pictures, shape.channels, shape.side, shape.side}, on_gpu());
  time_on_device(
      state,
      [&] {
        benchmark::DoNotOptimize(ops::render_backward(gradient, tokens, RenderOptions().dmax));
      },
      kRepetitions);
  state.SetLabel(shape.goal);
}

// M128 with random weights.
const Tokenizer& host_tokenizer() {
  static const Tokenizer tokenizer = [] {
    auto model = std::make_shared<TokenizerModel>(TokenizerOptions());
    initialise(*model, 1);
    return Tokenizer(std::move(model));
  }();
  return tokenizer;
}

Tokenizer gpu_tokenizer(at::ScalarType type) {
  return host_tokenizer().to(on_gpu().device(), type);
}

at::Tensor random_pictures(int64_t count) {
  at::manual_seed(0);
  const int64_t side = host_tokenizer().options().tile_side();
  // Noise enlarged by different factors: busy and smooth regions.
  const at::Tensor coarse = at::rand({count, 3, side / 16, side / 16});
  const at::Tensor smooth = at::upsample_bilinear2d(coarse, {side, side}, false);
  return (smooth * 1.6 + at::rand({count, 3, side, side}) * 0.4 - 1).to(on_gpu());  // [-1,1]
}

void partition(benchmark::State& state) {
  const int64_t count = state.range(0);
  const TokenizerOptions& options = host_tokenizer().options();
  const at::Tensor grey = random_pictures(count).mean(1);  // [B,S,S]
  const PartitionOptions partition = partition_options(options.gps);
  time_on_host(
      state, [&] { benchmark::DoNotOptimize(partition_regions(grey, partition).regions); }, count);
  state.SetLabel("a picture; goal 100 us");
}

void encode(benchmark::State& state, at::ScalarType type) {
  const Tokenizer tokenizer = gpu_tokenizer(type);
  const int64_t count = state.range(0);
  const at::Tensor pictures = random_pictures(count);
  time_on_host(
      state, [&] { benchmark::DoNotOptimize(tokenizer.encode_batch(pictures).tokens.values()); },
      count);
  state.SetLabel("a picture, partition included; goal 0.33 ms");
}

void decode(benchmark::State& state, at::ScalarType type) {
  const Tokenizer tokenizer = gpu_tokenizer(type);
  const int64_t count = state.range(0);
  const GpsOptions& gps = tokenizer.options().gps;
  const at::Tensor tokens = bench::random_tokens(count, gps.gps_num, gps.gps_c).to(on_gpu());
  time_on_device(
      state, [&] { benchmark::DoNotOptimize(tokenizer.decode_batch(tokens)); }, 1, count);
  state.SetLabel("a picture; goal 1.7 ms");
}

// One layout for all pictures: the partition of a busy picture.
class OneLayout final : public LayoutSource {
 public:
  OneLayout() : layout_(host_tokenizer().encode(random_pictures(1)[0].cpu()).initial) {}
  Layout layout(const SampleItem& /*item*/) const override { return layout_; }
  int64_t tokens() const override { return layout_.tokens(); }
  std::unique_ptr<BatchLayouts> batched(int64_t /*pictures*/) const override {
    return std::make_unique<Repeated>(layout_);
  }

 private:
  class Repeated final : public BatchLayouts {
   public:
    explicit Repeated(const Layout& layout) : layout_(layout) {}
    Layout layouts(std::span<const SampleItem> items) override {
      return Layout(layout_.values().repeat({static_cast<int64_t>(items.size()), 1, 1}));
    }

   private:
    Layout layout_;
  };
  Layout layout_;
};

// SiT-XL over 128 tokens, 250 steps, and M128's decoder.
PictureSampler published_sampler(at::ScalarType type) {
  TextureOptions texture;
  texture.statistics.mean.assign(static_cast<size_t>(texture.model.in_channels), 0.0);
  texture.statistics.std.assign(static_cast<size_t>(texture.model.in_channels), 1.0);
  std::fill_n(texture.statistics.std.begin(), 5, 0.01);  // of the geometry's corrections
  auto model = std::make_shared<TokenizerModel>(TokenizerOptions());
  initialise(*model, 1);
  const at::Device device = on_gpu().device();
  return PictureSampler(Tokenizer(std::move(model)).to(device, type),
                        TextureModel::fresh(texture, 1).frozen(device, type),
                        std::make_unique<OneLayout>(), PictureSamplerOptions());
}

void sample(benchmark::State& state, at::ScalarType type) {
  const PictureSampler sampler = published_sampler(type);
  constexpr int64_t kBatches = 3;
  const int64_t batch = state.range(0);
  BatchSampler batches(sampler, {.pictures = batch, .threads = 4});
  const auto run = [&](int64_t count) {
    batches.run(plan_samples({0, 1}, 0, count), [](const auto&, const auto&) {});
  };
  run(batch);
  for (auto _ : state) run(kBatches * batch);
  state.counters["pictures/s"] = benchmark::Counter(
      static_cast<double>(kBatches * batch * state.iterations()), benchmark::Counter::kIsRate);
  state.SetLabel("XL/128, 250 steps; goal 9 pictures/s at 64");
}

void register_all() {
  using benchmark::kMicrosecond;
  using benchmark::kMillisecond;
  const auto kernel = [](const char* name, auto function, const RenderShape& shape) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { function(state, shape); })
        ->UseManualTime()
        ->Unit(kMicrosecond);
  };
  kernel("render_forward/64x64x16/128/B64", render_forward, {64, 64, 16, 128, "goal 12 us"});
  kernel("render_forward/256x256x32/4096/B8", render_forward, {8, 256, 32, 4096, "goal 47 us"});
  kernel("render_forward_bf16/64x64x16/128/B64", render_map, {64, 64, 16, 128, "goal 12 us"});
  kernel("render_backward/64x64x16/128/B16", render_gradient, {16, 64, 16, 128, "goal 20 us"});
  benchmark::RegisterBenchmark("partition", partition)
      ->Arg(1)
      ->Arg(32)
      ->UseManualTime()
      ->Unit(kMicrosecond);
  for (const auto& [type, name] :
       {std::pair(at::kFloat, "fp32"), std::pair(at::kBFloat16, "bf16")}) {
    const std::string suffix = std::string("/") + name;
    const at::ScalarType chosen = type;
    benchmark::RegisterBenchmark(("encode" + suffix).c_str(),
                                 [=](benchmark::State& state) { encode(state, chosen); })
        ->Arg(32)
        ->UseManualTime()
        ->Unit(kMillisecond);
    benchmark::RegisterBenchmark(("decode" + suffix).c_str(),
                                 [=](benchmark::State& state) { decode(state, chosen); })
        ->Arg(32)
        ->UseManualTime()
        ->Unit(kMillisecond);
    benchmark::RegisterBenchmark(("sample" + suffix).c_str(),
                                 [=](benchmark::State& state) { sample(state, chosen); })
        ->Arg(1)
        ->Arg(8)
        ->Arg(64)
        ->Iterations(1)
        ->UseRealTime()
        ->Unit(benchmark::kSecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    choose_device("cuda:0");
  } catch (const gpst::Error& error) {
    std::printf("no CUDA device, nothing is measured: %s\n", error.what());
    return 0;
  }
  std::printf("%s\n", Accelerator::of(on_gpu().device())->name().c_str());
  register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
