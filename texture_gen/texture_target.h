// What a texture net is trained to make, and the way back from its samples to tokens
// (numerics.md 7 and 9). delta g is the plain difference of refined and initial geometry.
#pragma once

#include <ATen/ATen.h>

#include "nn/channel_statistics.h"
#include "tokenizer/layout.h"
#include "tokenizer/tokens.h"

namespace gpst {

// (delta g, f) before standardisation, for statistics: [B,l,5+c].
at::Tensor texture_values(const at::Tensor& tokens /* [B,l,5+c] */,
                          const at::Tensor& initial /* [B,l,5] */);

// The standardised target as the net's data: [B,5+c,l,1].
at::Tensor texture_target(const at::Tensor& tokens /* [B,l,5+c] */,
                          const at::Tensor& initial /* [B,l,5] */,
                          const ChannelStatistics& statistics);

// From a sample to tokens: z * std + mean, plus the initial geometry, sigma clamped to
// [1e-5, 0.99999], rho to [-0.99999, 0.99999].
Tokens tokens_from_sample(const at::Tensor& sample /* [B,5+c,l,1] */, const Layout& initial,
                          const ChannelStatistics& statistics);

// The condition of training: initial + scale * std * noise per channel, std over the training set;
// a constant channel (std 0) gets none.
at::Tensor noisy_condition(const at::Tensor& initial /* [B,l,5] */,
                           const at::Tensor& noise /* [B,l,5] */,
                           const at::Tensor& channel_std /* [5] */, double scale);

}  // namespace gpst
