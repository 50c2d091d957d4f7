#include "bench/cpu_bench/product_meter.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace gpst::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Inputs = c10::ArrayRef<const c10::IValue>;

double elements(const at::Tensor& x) {
  return static_cast<double>(c10::multiply_integers(x.sizes()));
}

double size(const c10::IValue& tensor, int64_t axis) {
  return static_cast<double>(tensor.toTensor().size(axis));
}

// Matrix product of operands number `a` and `a` + 1, [N,K] x [K,M] or batches of them.
template <size_t a>
double of_matrices(Inputs in) {
  return 2 * elements(in[a].toTensor()) * size(in[a + 1], -1);
}

// x [N,K] with a prepared weight [M,K].
double of_prepared_linear(Inputs in) { return 2 * elements(in[0].toTensor()) * size(in[1], 0); }

// Every pixel of the result sums over a kernel of every channel it sees.
double of_convolution(const at::Tensor& x, const at::Tensor& weight,
                      const std::vector<int64_t>& stride, const std::vector<int64_t>& padding,
                      const std::vector<int64_t>& dilation) {
  double flop = 2 * elements(weight) * static_cast<double>(x.size(0));
  for (int64_t axis = 0; axis < x.dim() - 2; ++axis) {
    const auto of = [&](const std::vector<int64_t>& v) {
      return v.size() == 1 ? v[0] : v[static_cast<size_t>(axis)];
    };
    const int64_t reach = of(dilation) * (weight.size(axis + 2) - 1) + 1;
    flop *= static_cast<double>((x.size(axis + 2) + 2 * of(padding) - reach) / of(stride) + 1);
  }
  return flop;
}

double of_plain_convolution(Inputs in) {
  return of_convolution(in[0].toTensor(), in[1].toTensor(), in[3].toIntVector(),
                        in[4].toIntVector(), in[5].toIntVector());
}

double of_prepared_convolution(Inputs in) {
  return of_convolution(in[0].toTensor(), in[1].toTensor(), in[4].toIntVector(),
                        in[3].toIntVector(), in[5].toIntVector());
}

// As much again for the gradient of the map, and of the weights, where they are wanted.
double of_convolution_backward(Inputs in) {
  const auto wanted = in[10].toBoolList();
  const double forward = of_convolution(in[1].toTensor(), in[2].toTensor(), in[4].toIntVector(),
                                        in[5].toIntVector(), in[6].toIntVector());
  return forward * (static_cast<double>(wanted[0]) + static_cast<double>(wanted[1]));
}

// q [N,heads,l,d], k and v [N,heads,m,d]
double of_attention(Inputs in) { return 4 * elements(in[0].toTensor()) * size(in[1], 2); }

using Counter = double (*)(Inputs);

const std::map<std::string, Counter>& counters() {
  static const std::map<std::string, Counter> all = {
      {"aten::mm", of_matrices<0>},
      {"aten::bmm", of_matrices<0>},
      {"aten::addmm", of_matrices<1>},
      {"aten::baddbmm", of_matrices<1>},
      {"aten::convolution", of_plain_convolution},
      {"aten::convolution_backward", of_convolution_backward},
      {"aten::_scaled_dot_product_flash_attention_for_cpu", of_attention},
      {"mkldnn::_linear_pointwise", of_prepared_linear},
      {"mkldnn::_convolution_pointwise", of_prepared_convolution}};
  return all;
}

// Of all threads; only the outermost of nested products counts.
struct Sums {
  std::mutex mutex;
  Products products;
  void add(double flop, double seconds) {
    const std::lock_guard lock(mutex);
    products.flop += flop;
    products.seconds += seconds;
  }
} sums;

struct Nesting {
  int depth = 0;
  double flop = 0;
  Clock::time_point start;
};
thread_local Nesting nesting;

std::unique_ptr<at::ObserverContext> entered(const at::RecordFunction& function) {
  const auto found = counters().find(function.name());
  if (found == counters().end() || nesting.depth++ > 0) return nullptr;
  nesting.flop = found->second(function.inputs());
  nesting.start = Clock::now();
  return nullptr;
}

void left(const at::RecordFunction& function, at::ObserverContext*) {
  if (!counters().contains(function.name()) || --nesting.depth > 0) return;
  sums.add(nesting.flop, std::chrono::duration<double>(Clock::now() - nesting.start).count());
}

}  // namespace

Products count_products(const std::function<void()>& work) {
  sums.products = {};
  const at::CallbackHandle observer = at::addGlobalCallback(
      at::RecordFunctionCallback(entered, left)
          .needsInputs(true)
          .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  const Clock::time_point start = Clock::now();
  work();
  const double whole = std::chrono::duration<double>(Clock::now() - start).count();
  at::removeCallback(observer);
  sums.products.whole = whole;
  return sums.products;
}

}  // namespace gpst::bench
