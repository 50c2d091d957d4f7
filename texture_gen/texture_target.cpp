#include "texture_gen/texture_target.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ops/sample_tokens.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

void check_pair(const at::Tensor& tokens, const at::Tensor& initial) {
  if (tokens.dim() == 3 && tokens.size(0) == initial.size(0) && tokens.size(1) == initial.size(1) &&
      tokens.size(2) > kGeometry) {
    return;
  }
  throw InputError(
      fmt::format("texture: tokens and their initial Gaussians do not fit together: expected "
                  "[B,l,5+c] and [B,l,5], found {} dimensions and {} tokens against {}",
                  tokens.dim(), tokens.size(-2), initial.size(-2)));
}

}  // namespace

at::Tensor texture_values(const at::Tensor& tokens, const at::Tensor& initial) {
  check_pair(tokens, initial);
  const at::Tensor delta = tokens.narrow(2, 0, kGeometry) - initial;
  return at::cat({delta, tokens.narrow(2, kGeometry, tokens.size(2) - kGeometry)}, 2);
}

at::Tensor texture_target(const at::Tensor& tokens, const at::Tensor& initial,
                          const ChannelStatistics& statistics) {
  const at::Tensor z = statistics.standardise(texture_values(tokens, initial));  // [B,l,5+c]
  return z.transpose(1, 2).unsqueeze(-1).contiguous();                           // [B,5+c,l,1]
}

Tokens tokens_from_sample(const at::Tensor& sample, const Layout& initial,
                          const ChannelStatistics& statistics) {
  const auto row = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).to(sample.options());  // [5+c]
  };
  return Tokens(sample_tokens(sample, row(statistics.mean), row(statistics.std), initial.values()));
}

at::Tensor noisy_condition(const at::Tensor& initial, const at::Tensor& noise,
                           const at::Tensor& channel_std, double scale) {
  return initial + noise * (channel_std * scale);
}

}  // namespace gpst
