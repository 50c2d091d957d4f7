// One 256x256 picture through a tokenizer of M128's size (random weights) on one thread.
//
// The goal is a whole within 15 % of its convolutions and matrix products alone. Both are measured
// in the same call, the products by an observer of LibTorch's operators:
//   products_s      seconds in convolutions and matrix products
//   over_products   whole time / products_s
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <benchmark/benchmark.h>

#include <chrono>
#include <set>

#include "base/allocator.h"
#include "base/config.h"
#include "tokenizer/model.h"
#include "tokenizer/tokenizer.h"

namespace {

using namespace gpst;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Time of this thread in the outermost operators that are products.
struct Products {
  double seconds = 0;
  int depth = 0;
  Clock::time_point start;
};
thread_local Products products;

bool is_product(const at::RecordFunction& function) {
  static const std::set<std::string> names = {"aten::convolution", "aten::addmm",   "aten::mm",
                                              "aten::bmm",         "aten::baddbmm", "aten::linear"};
  return names.contains(function.name());
}

std::unique_ptr<at::ObserverContext> entered(const at::RecordFunction& function) {
  if (is_product(function) && products.depth++ == 0) products.start = Clock::now();
  return nullptr;
}

void left(const at::RecordFunction& function, at::ObserverContext*) {
  if (is_product(function) && --products.depth == 0) {
    products.seconds += seconds_since(products.start);
  }
}

const Tokenizer& m128() {
  static const Tokenizer tokenizer = [] {
    keep_freed_memory();  // as the program does
    at::set_num_threads(1);
    auto model = std::make_shared<TokenizerModel>(TokenizerOptions());
    initialise(*model, 1);
    return Tokenizer(model);
  }();
  return tokenizer;
}

at::Tensor picture() {
  const at::Tensor i = at::arange(256, at::kFloat);
  const at::Tensor wave = at::outer(at::sin(i * 0.13), at::cos(i * 0.07 + 0.001 * i * i));
  return at::stack({wave, wave.t(), wave.flip(0)});  // [3,256,256]
}

template <class F>
void run(benchmark::State& state, F&& work) {
  work();  // buffers and kernels are ready
  const at::CallbackHandle observer = at::addThreadLocalCallback(
      at::RecordFunctionCallback(entered, left).scopes({at::RecordScope::FUNCTION}));
  products = {};
  const Clock::time_point start = Clock::now();
  for (auto _ : state) work();
  const double whole = seconds_since(start);
  at::removeCallback(observer);
  state.counters["products_s"] =
      benchmark::Counter(products.seconds, benchmark::Counter::kAvgIterations);
  state.counters["over_products"] = whole / products.seconds;
}

void encode(benchmark::State& state) {
  const Tokenizer& tokenizer = m128();
  const at::Tensor input = picture();
  run(state, [&] { benchmark::DoNotOptimize(tokenizer.encode(input)); });
}

void decode(benchmark::State& state) {
  const Tokenizer& tokenizer = m128();
  const EncodedPicture encoded = tokenizer.encode(picture());
  run(state, [&] { benchmark::DoNotOptimize(tokenizer.decode(encoded)); });
}

BENCHMARK(encode)->Unit(benchmark::kSecond)->Iterations(2);
BENCHMARK(decode)->Unit(benchmark::kSecond)->Iterations(2);

}  // namespace
