#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <array>

#include "ops/check.h"
#include "ops/initial_noise_ops.h"
#include "ops/sampler_step_ops.h"

namespace gpst::ops {
namespace {

int64_t row_in_force(const at::Tensor& step, int64_t steps) {
  const int64_t row = *step.const_data_ptr<int32_t>();
  if (row >= 0 && row < steps) return row;
  refuse("sampler_step",
         fmt::format("the counter must be in [0, {}), found {}; set it to 0 before a run", steps,
                     row));
}

void sampler_step_cpu(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                      const at::Tensor& step, const at::Tensor& pictures, int64_t seed,
                      int64_t purpose, int64_t guided_channels) {
  check_sampler_step(x, output, coefficients, step, pictures, purpose, guided_channels);
  const int64_t count = x.size(0), channels = x.size(1);
  const int64_t row = row_in_force(step, coefficients.size(0));
  const at::Tensor plain = coefficients.contiguous();  // [steps,4]
  std::array<float, 4> c{};
  std::copy_n(plain.const_data_ptr<float>() + 4 * row, 4, c.begin());
  const auto rows = [&](int64_t first) {
    return output.narrow(0, first, count).narrow(1, 0, channels).to(at::kFloat);  // [B,C,l]
  };
  const at::Tensor with = rows(0);

  at::Tensor next = x * c[0] + with * c[1];
  if (c[2] != 0) {
    if (output.size(0) != 2 * count) {
      refuse("sampler_step", fmt::format("step {} is guided: output must have {} rows, found {}",
                                         row, 2 * count, output.size(0)));
    }
    const int64_t guided = guided_channels == 0 ? channels : guided_channels;
    next.narrow(1, 0, guided) += rows(count).narrow(1, 0, guided) * c[2];
    next.narrow(1, guided, channels - guided) += with.narrow(1, guided, channels - guided) * c[2];
  }
  if (c[3] != 0) {
    next += initial_noise(pictures, seed, purpose, row, channels, x.size(2)) * c[3];
  }
  x.copy_(next);
}

void advance_step_cpu(const at::Tensor& step) {
  check_advance_step(step);
  *step.mutable_data_ptr<int32_t>() += 1;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("sampler_step", sampler_step_cpu);
  m.impl("advance_step", advance_step_cpu);
}

}  // namespace gpst::ops
