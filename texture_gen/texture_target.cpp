#include "texture_gen/texture_target.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

constexpr double kSigmaMargin = 1e-5;  // sigma stays in [margin, 1 - margin]
constexpr double kRhoMargin = 1e-5;    // |rho| <= 1 - margin

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
  const at::Tensor rows = sample.squeeze(-1).transpose(1, 2).contiguous();  // [B,l,5+c]
  check_pair(rows, initial.values());
  at::Tensor values = statistics.restore(rows);
  values.narrow(2, 0, kGeometry).add_(initial.values());
  values.narrow(2, kSigmaX, 2).clamp_(kSigmaMargin, 1 - kSigmaMargin);
  values.narrow(2, kRho, 1).clamp_(-(1 - kRhoMargin), 1 - kRhoMargin);
  return Tokens(values);
}

at::Tensor noisy_condition(const at::Tensor& initial, const at::Tensor& noise,
                           const at::Tensor& channel_std, double scale) {
  return initial + noise * (channel_std * scale);
}

}  // namespace gpst
