// Compiled without contraction of a*b+c: the formula's bits do not depend on the machine.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <algorithm>
#include <array>

#include "base/philox.h"
#include "ops/check.h"
#include "ops/sampler_step_ops.h"

namespace gpst::ops {
namespace {

using Row = std::array<float, 4>;  // of the coefficients: state, class, none, noise

constexpr int64_t kChunk = 512;  // values whose normals are held at a time

int64_t row_in_force(const at::Tensor& step, int64_t steps) {
  const int64_t row = *step.const_data_ptr<int32_t>();
  if (row >= 0 && row < steps) return row;
  refuse("sampler_step",
         fmt::format("the counter must be in [0, {}), found {}; set it to 0 before a run", steps,
                     row));
}

// Values of one channel of the output, `stride` elements apart.
template <class E>
struct Values {
  const E* at;
  int64_t stride;
  float operator[](int64_t i) const { return static_cast<float>(at[i * stride]); }
};

// x <- c0 x + c1 with + c2 without + c3 normal, each product and sum rounded. Only what has a
// coefficient is read.
template <class E>
void update(float* x, int64_t count, const Row& c, Values<E> with, Values<E> without,
            const float* normals) {
  for (int64_t i = 0; i < count; ++i) x[i] = x[i] * c[0] + with[i] * c[1];
  if (c[2] != 0) {
    for (int64_t i = 0; i < count; ++i) x[i] += without[i] * c[2];
  }
  if (c[3] != 0) {
    for (int64_t i = 0; i < count; ++i) x[i] += normals[i] * c[3];
  }
}

struct Picture {
  int64_t with, without;  // rows of the output; equal in an unguided step
  int64_t guided;         // channels
};

template <class E>
void update_picture(float* x, const at::Tensor& output, int64_t channels, const Picture& picture,
                    const Row& c, PhiloxStream& noise) {
  const int64_t tokens = output.size(2), stride = output.stride(2);
  std::array<float, kChunk> normals;
  for (int64_t channel = 0; channel < channels; ++channel) {
    const int64_t other = channel < picture.guided ? picture.without : picture.with;
    const E* first = output.const_data_ptr<E>() + channel * output.stride(1);
    for (int64_t i = 0; i < tokens; i += kChunk) {
      const int64_t count = std::min(kChunk, tokens - i);
      if (c[3] != 0) noise.fill_normal({normals.data(), static_cast<size_t>(count)});
      const auto values = [&](int64_t row) {
        return Values<E>{first + row * output.stride(0) + i * stride, stride};
      };
      update(x + i, count, c, values(picture.with), values(other), normals.data());
    }
    x += tokens;
  }
}

void sampler_step_cpu(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                      const at::Tensor& step, const at::Tensor& pictures, int64_t seed,
                      int64_t purpose, int64_t guided_channels) {
  check_sampler_step(x, output, coefficients, step, pictures, purpose, guided_channels);
  const int64_t count = x.size(0), channels = x.size(1);
  const int64_t row = row_in_force(step, coefficients.size(0));
  const at::Tensor rows = coefficients.contiguous();  // [steps,4]
  Row c{};
  std::copy_n(rows.const_data_ptr<float>() + 4 * row, 4, c.begin());
  const bool guided = c[2] != 0;
  if (guided && output.size(0) != 2 * count) {
    refuse("sampler_step", fmt::format("step {} is guided: output must have {} rows, found {}", row,
                                       2 * count, output.size(0)));
  }
  const at::Tensor numbers = pictures.contiguous();  // [B]
  float* state = x.mutable_data_ptr<float>();
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      PhiloxStream noise(static_cast<uint64_t>(seed),
                         static_cast<uint64_t>(numbers.const_data_ptr<int64_t>()[b]),
                         static_cast<Purpose>(purpose), static_cast<uint64_t>(row));
      const Picture picture{.with = b,
                            .without = guided ? count + b : b,
                            .guided = guided_channels == 0 ? channels : guided_channels};
      auto* run =
          output.scalar_type() == at::kFloat ? update_picture<float> : update_picture<at::BFloat16>;
      run(state + b * channels * x.size(2), output, channels, picture, c, noise);
    }
  });
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
