#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include "base/philox.h"
#include "ops/initial_noise_ops.h"

namespace gpst::ops {
namespace {

at::Tensor initial_noise_cpu(const at::Tensor& pictures_in, int64_t seed, int64_t purpose,
                             int64_t step, int64_t channels, int64_t tokens) {
  check_initial_noise(pictures_in, purpose, step, channels, tokens);
  const at::Tensor pictures = pictures_in.contiguous();  // [B]
  const int64_t values = channels * tokens;
  at::Tensor noise = at::empty({pictures.size(0), channels, tokens}, at::kFloat);
  const int64_t* picture = pictures.const_data_ptr<int64_t>();
  float* target = noise.mutable_data_ptr<float>();
  at::parallel_for(0, pictures.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      PhiloxStream stream(static_cast<uint64_t>(seed), static_cast<uint64_t>(picture[b]),
                          static_cast<Purpose>(purpose), static_cast<uint64_t>(step));
      stream.fill_normal({target + b * values, static_cast<size_t>(values)});
    }
  });
  return noise;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("initial_noise", initial_noise_cpu); }

}  // namespace gpst::ops
