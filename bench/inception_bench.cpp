// Inception as a whole against its 94 convolutions alone, in one run: what pooling, concatenation
// and the rest cost. Arguments: pictures in a batch, LibTorch's threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include <map>
#include <utility>
#include <vector>

#include "base/allocator.h"
#include "eval/inception.h"
#include "eval/inception_graph.h"
#include "eval/inception_input.h"
#include "eval/relu_convolution.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace gpst;

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

// As the program does at its start; once is enough.
void start(int64_t threads) {
  keep_freed_memory();
  at::set_num_threads(static_cast<int>(threads));
}

void report(benchmark::State& state, int64_t pictures) {
  state.counters["pictures"] = benchmark::Counter(
      static_cast<double>(state.iterations() * pictures), benchmark::Counter::kIsRate);
}

// What the convolutions of the graph get, by channels and side: [B,in,side,side].
class Inputs {
 public:
  explicit Inputs(int64_t batch) : batch_(batch) {}
  const at::Tensor& of(const InceptionConvolution& place) {
    at::Tensor& x = inputs_[{place.shape[1], place.side}];
    if (!x.defined()) {
      x = channels_last(at::randn({batch_, place.shape[1], place.side, place.side}));
    }
    return x;
  }

 private:
  int64_t batch_;
  std::map<std::pair<int64_t, int64_t>, at::Tensor> inputs_;
};

// LibTorch's convolutions, without bias and ReLU.
void plain_convolutions(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  start(state.range(1));
  Inputs inputs(state.range(0));
  std::vector<std::pair<InceptionConvolution, at::Tensor>> convolutions;
  for (const InceptionConvolution& place : inception_convolutions()) {
    convolutions.emplace_back(place, channels_last(at::randn(place.shape)));
    inputs.of(place);
  }
  for (auto _ : state) {
    for (const auto& [place, weight] : convolutions) {
      benchmark::DoNotOptimize(
          at::conv2d(inputs.of(place), weight, {}, place.stride, place.padding));
    }
  }
  report(state, state.range(0));
}

// The same as the network computes them: weights in oneDNN's layout, bias and ReLU fused.
void prepared_convolutions(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  start(state.range(1));
  Inputs inputs(state.range(0));
  std::vector<std::pair<ReluConvolution, at::Tensor>> convolutions;
  for (const InceptionConvolution& place : inception_convolutions()) {
    const at::Tensor& x = inputs.of(place);
    const ReluConvolution convolution(
        at::randn(place.shape), at::zeros(place.shape[0]),
        {.stride = place.stride, .padding = place.padding, .input = x.sizes().vec()});
    convolutions.emplace_back(convolution, x);
  }
  for (auto _ : state) {
    for (const auto& [convolution, x] : convolutions) benchmark::DoNotOptimize(convolution(x));
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
  start(state.range(1));
  const at::Tensor x =
      channels_last(at::rand({state.range(0), 3, kInceptionSide, kInceptionSide}) * 2 - 1);
  for (auto _ : state) benchmark::DoNotOptimize(network().features(x));
  report(state, state.range(0));
}

void input(benchmark::State& state, InceptionInput kind) {
  start(1);
  const at::Tensor pictures = at::randint(256, {8, 256, 256, 3}).to(at::kByte);
  for (auto _ : state) benchmark::DoNotOptimize(inception_input(pictures, kind));
  report(state, 8);
}

constexpr auto kUnit = benchmark::kMillisecond;
BENCHMARK(plain_convolutions)->ArgsProduct({{1, 2, 8}, {1, 2}})->UseRealTime()->Unit(kUnit);
BENCHMARK(prepared_convolutions)->ArgsProduct({{1, 2, 8}, {1, 2}})->UseRealTime()->Unit(kUnit);
BENCHMARK(whole_network)->ArgsProduct({{1, 2, 8}, {1, 2}})->UseRealTime()->Unit(kUnit);
BENCHMARK_CAPTURE(input, tf1_bilinear, InceptionInput::tf1_bilinear)->Unit(kUnit);
BENCHMARK_CAPTURE(input, half_pixel_bilinear, InceptionInput::half_pixel_bilinear)->Unit(kUnit);
BENCHMARK_CAPTURE(input, clean_bicubic, InceptionInput::clean_bicubic)->Unit(kUnit);

}  // namespace
