#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <limits>

#include "ops/check.h"
#include "ops/initial_noise.h"
#include "ops/initial_noise_ops.h"

namespace gpst {
namespace ops {

void check_picture_numbers(std::string_view op, const at::Tensor& pictures) {
  check_dimensions(op, "pictures", pictures, 1, "[B]");
  if (pictures.scalar_type() != at::kLong) {
    refuse(op,
           fmt::format("pictures must be int64, found {}", c10::toString(pictures.scalar_type())));
  }
}

void check_purpose(std::string_view op, int64_t purpose) {
  if (purpose >= 0 && purpose <= std::numeric_limits<uint8_t>::max()) return;
  refuse(op, fmt::format("purpose must be in [0, 255], found {}", purpose));
}

void check_initial_noise(const at::Tensor& pictures, int64_t purpose, int64_t step,
                         int64_t channels, int64_t tokens) {
  constexpr int64_t kSteps = int64_t{1} << 24;
  check_picture_numbers("initial_noise", pictures);
  check_purpose("initial_noise", purpose);
  check_positive("initial_noise", "channels", channels);
  check_positive("initial_noise", "tokens", tokens);
  if (channels > std::numeric_limits<int32_t>::max() / tokens) {
    refuse("initial_noise",
           fmt::format("channels * tokens must fit 31 bits, found {} * {}", channels, tokens));
  }
  if (step < 0 || step >= kSteps) {
    refuse("initial_noise", fmt::format("step must be in [0, {}), found {}", kSteps, step));
  }
}

at::Tensor initial_noise(const at::Tensor& pictures, int64_t seed, int64_t purpose, int64_t step,
                         int64_t channels, int64_t tokens) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::initial_noise", "")
                             .typed<decltype(initial_noise)>();
  return op.call(pictures, seed, purpose, step, channels, tokens);
}

namespace {

at::Tensor initial_noise_meta(const at::Tensor& pictures, int64_t /*seed*/, int64_t purpose,
                              int64_t step, int64_t channels, int64_t tokens) {
  check_initial_noise(pictures, purpose, step, channels, tokens);
  return at::empty({pictures.size(0), channels, tokens}, pictures.options().dtype(at::kFloat));
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "initial_noise(Tensor pictures, int seed, int purpose, int step, int channels, int tokens) "
      "-> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("initial_noise", initial_noise_meta); }

}  // namespace ops

at::Tensor initial_noise(const at::Tensor& pictures, const NoiseShape& shape, uint64_t seed,
                         Purpose purpose, int64_t step) {
  return ops::initial_noise(pictures, static_cast<int64_t>(seed), static_cast<int64_t>(purpose),
                            step, shape.channels, shape.tokens);
}

}  // namespace gpst
