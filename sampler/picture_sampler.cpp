#include "sampler/picture_sampler.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "base/error.h"
#include "flow/noise_source.h"
#include "ops/token_columns.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {

PictureSampler::PictureSampler(Tokenizer tokenizer, TextureSampler texture,
                               std::unique_ptr<LayoutSource> layouts,
                               const PictureSamplerOptions& options)
    : tokenizer_(std::move(tokenizer)),
      texture_(std::move(texture)),
      layouts_(std::move(layouts)),
      options_(options) {
  const int64_t made = texture_.options().model.in_channels;
  const int64_t read = kGeometry + tokenizer_.options().gps.gps_c;
  if (made != read) {
    throw ConfigError(fmt::format(
        "the texture model makes tokens of {} channels, the tokenizer reads {}: they do not belong "
        "together",
        made, read));
  }
}

CountedTokens PictureSampler::counted_tokens(const SampleItem& item) const {
  const at::NoGradGuard no_gradients;
  PhiloxNoise noise(options_.texture_seed, {item.texture_index()});
  const int64_t label[] = {item.label};
  return texture_.sample_counted(layouts_->layout(item), label, noise, options_.sampling);
}

Tokens PictureSampler::tokens(const SampleItem& item) const { return counted_tokens(item).tokens; }

SampledPicture PictureSampler::sampled(const SampleItem& item) const {
  const CountedTokens made = counted_tokens(item);
  return {picture_from(tokenizer_.decode(made.tokens), options_.rounding), made.rows};
}

}  // namespace gpst
