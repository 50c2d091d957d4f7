#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <limits>

#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/initial_noise_ops.h"
#include "ops/sampler_step.h"
#include "ops/sampler_step_ops.h"

namespace gpst {
namespace ops {
namespace {

constexpr const char* kName = "sampler_step";

void check_type(std::string_view op, std::string_view name, const at::Tensor& tensor,
                at::ScalarType type) {
  if (tensor.scalar_type() == type) return;
  refuse(op, fmt::format("{} must be {}, found {}", name, c10::toString(type),
                         c10::toString(tensor.scalar_type())));
}

void check_counter(std::string_view op, const at::Tensor& step) {
  check_shape(op, "step", step, {1});
  check_type(op, "step", step, at::kInt);
}

void check_state(const at::Tensor& x) {
  check_dimensions(kName, "x", x, 3, "[B, C, l]");
  check_type(kName, "x", x, at::kFloat);
  if (!x.is_contiguous()) refuse(kName, "x must be contiguous, since it is written in place");
  if (x.size(1) > 0 && x.size(2) > std::numeric_limits<int32_t>::max() / x.size(1)) {
    refuse(kName, fmt::format("C * l must fit 31 bits, found {} * {}", x.size(1), x.size(2)));
  }
}

void check_output(const at::Tensor& x, const at::Tensor& output) {
  check_dimensions(kName, "output", output, 3, "[B or 2 B, C or more, l]");
  const int64_t rows = output.size(0), pictures = x.size(0);
  if ((rows != pictures && rows != 2 * pictures) || output.size(1) < x.size(1) ||
      output.size(2) != x.size(2)) {
    refuse(kName, fmt::format("output must have the shape [{0} or {1}, {2} or more, {3}], found "
                              "[{4}, {5}, {6}]",
                              pictures, 2 * pictures, x.size(1), x.size(2), rows, output.size(1),
                              output.size(2)));
  }
  if (output.scalar_type() != at::kFloat && output.scalar_type() != at::kBFloat16) {
    refuse(kName, fmt::format("output must be float32 or bfloat16, found {}",
                              c10::toString(output.scalar_type())));
  }
}

void check_device(std::string_view name, const at::Tensor& tensor, const at::Tensor& x) {
  if (tensor.device() == x.device()) return;
  refuse(kName, fmt::format("{} must be on the device of x, {}; found {}", name, x.device().str(),
                            tensor.device().str()));
}

}  // namespace

void check_sampler_step(const at::Tensor& x, const at::Tensor& output,
                        const at::Tensor& coefficients, const at::Tensor& step,
                        const at::Tensor& pictures, int64_t purpose, int64_t guided_channels) {
  check_inference_only(kName, {x, output});
  check_state(x);
  check_output(x, output);
  check_dimensions(kName, "coefficients", coefficients, 2, "[steps, 4]");
  check_shape(kName, "coefficients", coefficients, {coefficients.size(0), 4});
  check_type(kName, "coefficients", coefficients, at::kFloat);
  check_positive(kName, "the number of steps", coefficients.size(0));
  check_counter(kName, step);
  check_picture_numbers(kName, pictures);
  check_shape(kName, "pictures", pictures, {x.size(0)});
  check_purpose(kName, purpose);
  if (guided_channels < 0 || guided_channels > x.size(1)) {
    refuse(kName, fmt::format("guided channels must be in [0, {}] (0: all), found {}", x.size(1),
                              guided_channels));
  }
  check_device("output", output, x);
  check_device("coefficients", coefficients, x);
  check_device("step", step, x);
  check_device("pictures", pictures, x);
}

void check_advance_step(const at::Tensor& step) { check_counter("advance_step", step); }

void sampler_step(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                  const at::Tensor& step, const at::Tensor& pictures, int64_t seed, int64_t purpose,
                  int64_t guided_channels) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::sampler_step", "")
                             .typed<decltype(sampler_step)>();
  op.call(x, output, coefficients, step, pictures, seed, purpose, guided_channels);
}

void advance_step(const at::Tensor& step) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::advance_step", "")
                             .typed<decltype(advance_step)>();
  op.call(step);
}

namespace {

void sampler_step_meta(const at::Tensor& x, const at::Tensor& output,
                       const at::Tensor& coefficients, const at::Tensor& step,
                       const at::Tensor& pictures, int64_t /*seed*/, int64_t purpose,
                       int64_t guided_channels) {
  check_sampler_step(x, output, coefficients, step, pictures, purpose, guided_channels);
}

// [.., l, 1] -> [.., l]
at::Tensor three_dimensions(const at::Tensor& tensor) {
  return tensor.dim() == 4 && tensor.size(3) == 1 ? tensor.squeeze(3) : tensor;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "sampler_step(Tensor(a!) x, Tensor output, Tensor coefficients, Tensor step, "
      "Tensor pictures, int seed, int purpose, int guided_channels) -> ()");
  m.def("advance_step(Tensor(a!) step) -> ()");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) {
  m.impl("sampler_step", sampler_step_meta);
  m.impl("advance_step", check_advance_step);
}

}  // namespace ops

void sampler_step(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                  const at::Tensor& step, const at::Tensor& pictures, const StepNoise& noise,
                  const StepGuidance& guidance) {
  ops::sampler_step(ops::three_dimensions(x), ops::three_dimensions(output), coefficients, step,
                    pictures, static_cast<int64_t>(noise.seed), static_cast<int64_t>(noise.purpose),
                    guidance.channels);
}

void advance_step(const at::Tensor& step) { ops::advance_step(step); }

}  // namespace gpst
