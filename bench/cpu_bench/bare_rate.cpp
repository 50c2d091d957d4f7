#include "bench/cpu_bench/bare_rate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "bench/cpu_bench/product_meter.h"
#include "nn/prepared_convolution.h"
#include "nn/prepared_linear.h"
#include "nn/worker_threads.h"

namespace gpst::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The best GFLOP/s of `work` on every one of the workers at a time.
double rate(const std::function<void()>& work, int workers, double seconds) {
  const double flop = count_products(work).flop * workers;
  double best = 1e30;
  const Clock::time_point start = Clock::now();
  do {
    const Clock::time_point begin = Clock::now();
    for_each_on_workers(workers, workers, [&](int64_t, int) { work(); });
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  return flop / best / 1e9;
}

double linear_rate(int64_t rows, int64_t in, int64_t out, at::ScalarType type, int workers,
                   double seconds) {
  const PreparedLinear linear(at::randn({out, in}), at::randn({out}), type);
  const at::Tensor x = at::randn({rows, in}).to(type);
  return rate([&] { linear(x); }, workers, seconds);
}

double convolution_rate(int64_t channels, int64_t side, at::ScalarType type, int workers,
                        double seconds) {
  const PreparedConvolution convolution(at::randn({channels, channels, 3, 3}),
                                        at::randn({channels}), {.padding = {1, 1}}, Epilogue::none,
                                        type);
  const at::Tensor x =
      at::randn({1, channels, side, side}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
  return rate([&] { convolution(x); }, workers, seconds);
}

}  // namespace

BareRate bare_rate(at::ScalarType type, int workers, double seconds) {
  const c10::NoGradGuard no_grad;
  BareRate result;
  for (const auto& [rows, in, out] :
       {std::array<int64_t, 3>{1024, 1024, 1024}, {512, 1152, 4608}, {512, 512, 2048}}) {
    result.linear = std::max(result.linear, linear_rate(rows, in, out, type, workers, seconds));
  }
  for (const auto& [channels, side] : {std::array<int64_t, 2>{256, 64}, {512, 32}, {128, 64}}) {
    result.convolution =
        std::max(result.convolution, convolution_rate(channels, side, type, workers, seconds));
  }
  return result;
}

}  // namespace gpst::bench
