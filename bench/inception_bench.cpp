// Inception as a whole against its 94 convolutions alone, in one run: what pooling, concatenation
// and the rest cost. Arguments: pictures in a batch, LibTorch's threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include <map>
#include <vector>

#include "eval/inception.h"
#include "eval/inception_graph.h"
#include "eval/inception_input.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace gpst;

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

void report(benchmark::State& state, int64_t pictures) {
  state.counters["pictures"] = benchmark::Counter(
      static_cast<double>(state.iterations() * pictures), benchmark::Counter::kIsRate);
}

// A convolution without bias and ReLU, its weight in oneDNN's own layout.
struct BareConvolution {
  BareConvolution(const InceptionConvolution& place, at::Tensor input)
      : place(place),
        x(std::move(input)),
        weight(at::mkldnn_reorder_conv2d_weight(at::randn(place.shape).to_mkldnn(), place.padding,
                                                place.stride, 1, 1, x.sizes())) {}

  at::Tensor run() const {
    return at::mkldnn_convolution(x, weight, {}, place.padding, place.stride, 1, 1);
  }

  InceptionConvolution place;
  at::Tensor x;  // [B,in,side,side]
  at::Tensor weight;
};

void convolutions_alone(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  at::set_num_threads(static_cast<int>(state.range(1)));
  std::map<std::pair<int64_t, int64_t>, at::Tensor> inputs;  // by channels and side
  std::vector<BareConvolution> convolutions;
  for (const InceptionConvolution& place : inception_convolutions()) {
    at::Tensor& x = inputs[{place.shape[1], place.side}];
    if (!x.defined()) {
      x = channels_last(at::randn({state.range(0), place.shape[1], place.side, place.side}));
    }
    convolutions.emplace_back(place, x);
  }
  for (auto _ : state) {
    for (const BareConvolution& each : convolutions) benchmark::DoNotOptimize(each.run());
  }
  report(state, state.range(0));
}

const Inception& network() {
  static const Inception net = [] {
    const TemporaryFolder folder;
    const std::string path = folder / "inception.safetensors";
    write_rule_inception(path, "bench/inception/");
    return Inception::load(path);
  }();
  return net;
}

void whole_network(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  at::set_num_threads(static_cast<int>(state.range(1)));
  const at::Tensor x =
      channels_last(at::rand({state.range(0), 3, kInceptionSide, kInceptionSide}) * 2 - 1);
  for (auto _ : state) benchmark::DoNotOptimize(network().features(x));
  report(state, state.range(0));
}

void input(benchmark::State& state, InceptionInput kind) {
  at::set_num_threads(1);
  const at::Tensor pictures = at::randint(256, {8, 256, 256, 3}).to(at::kByte);
  for (auto _ : state) benchmark::DoNotOptimize(inception_input(pictures, kind));
  report(state, 8);
}

constexpr auto kUnit = benchmark::kMillisecond;
BENCHMARK(convolutions_alone)->ArgsProduct({{1, 8}, {1, 2}})->UseRealTime()->Unit(kUnit);
BENCHMARK(whole_network)->ArgsProduct({{1, 2, 4, 8}, {1, 2}})->UseRealTime()->Unit(kUnit);
BENCHMARK_CAPTURE(input, tf1_bilinear, InceptionInput::tf1_bilinear)->Unit(kUnit);
BENCHMARK_CAPTURE(input, half_pixel_bilinear, InceptionInput::half_pixel_bilinear)->Unit(kUnit);
BENCHMARK_CAPTURE(input, clean_bicubic, InceptionInput::clean_bicubic)->Unit(kUnit);

}  // namespace
