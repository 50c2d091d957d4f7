// Metrics of picture against picture: PSNR and SSIM on one thread, LPIPS beside the convolutions of
// its trunk alone. Arguments of LPIPS: trunk (0 VGG16, 1 AlexNet), side of the pictures, LibTorch's
// threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include <map>
#include <utility>
#include <vector>

#include "eval/lpips.h"
#include "eval/pixel_metrics.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace gpst;

constexpr int kSide = 256;

Picture8 noise(uint32_t seed) {
  Picture8 picture(kSide, kSide);
  for (auto& byte : picture.rgb) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<uint8_t>(seed >> 24);
  }
  return picture;
}

void psnr_256(benchmark::State& state) {
  const Picture8 a = noise(1), b = noise(2);
  for (auto _ : state) benchmark::DoNotOptimize(psnr(a, b));
}

void ssim_256(benchmark::State& state, SsimKind kind) {
  const Picture8 a = noise(1), b = noise(2);
  for (auto _ : state) benchmark::DoNotOptimize(ssim(a, b, kind));
}

LpipsNet net_of(const benchmark::State& state) {
  return state.range(0) == 0 ? LpipsNet::vgg16 : LpipsNet::alexnet;
}

const Lpips& network(LpipsNet net) {
  static std::map<LpipsNet, Lpips> nets;
  if (!nets.contains(net)) {
    const TemporaryFolder folder;
    const std::string path = folder / "lpips.safetensors";
    write_rule_lpips(path, net, "bench/lpips/");
    nets.emplace(net, Lpips::load({path}));
  }
  return nets.at(net);
}

at::Tensor pictures(int64_t side) { return at::rand({1, 3, side, side}) * 2 - 1; }

void lpips_pair(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  at::set_num_threads(static_cast<int>(state.range(2)));
  const Lpips& lpips = network(net_of(state));
  const at::Tensor a = pictures(state.range(1)), b = pictures(state.range(1));
  for (auto _ : state) benchmark::DoNotOptimize(lpips.distance(a, b));
}

void lpips_gradient(benchmark::State& state) {
  at::set_num_threads(static_cast<int>(state.range(2)));
  const Lpips& lpips = network(net_of(state));
  const at::Tensor a = pictures(state.range(1)), b = pictures(state.range(1)).requires_grad_();
  for (auto _ : state) lpips.distance(a, b).sum().backward();
}

// A convolution without bias and ReLU, its weight in oneDNN's own layout.
struct BareConvolution {
  BareConvolution(const TrunkConvolution& place, int64_t side)
      : stride(place.stride),
        padding(place.padding),
        x(at::randn({2, place.in, side, side}).contiguous(at::MemoryFormat::ChannelsLast)),
        weight(at::mkldnn_reorder_conv2d_weight(at::randn(weight_shape(place)).to_mkldnn(), padding,
                                                stride, 1, 1, x.sizes())) {}

  at::Tensor run() const {
    return at::mkldnn_convolution(x, weight, {}, {padding, padding}, {stride, stride}, {1, 1}, 1);
  }

  int64_t stride, padding;
  at::Tensor x;  // [2,in,side,side]
  at::Tensor weight;
};

void convolutions_alone(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  at::set_num_threads(static_cast<int>(state.range(2)));
  std::vector<BareConvolution> convolutions;
  int64_t side = state.range(1);
  for (const TrunkConvolution& place : trunk_convolutions(net_of(state))) {
    if (place.pool_window > 0) side = (side - place.pool_window) / 2 + 1;
    convolutions.emplace_back(place, side);
    side = convolutions.back().run().size(2);
  }
  for (auto _ : state) {
    for (const BareConvolution& each : convolutions) benchmark::DoNotOptimize(each.run());
  }
}

BENCHMARK(psnr_256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssim_256, wang, SsimKind::wang)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssim_256, skimage, SsimKind::skimage)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssim_256, torchmetrics, SsimKind::torchmetrics)->Unit(benchmark::kMillisecond);
BENCHMARK(convolutions_alone)
    ->ArgNames({"net", "side", "threads"})
    ->ArgsProduct({{0, 1}, {256}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(lpips_pair)
    ->ArgNames({"net", "side", "threads"})
    ->ArgsProduct({{0, 1}, {64, 256}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(lpips_gradient)
    ->ArgNames({"net", "side", "threads"})
    ->Args({0, 256, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
