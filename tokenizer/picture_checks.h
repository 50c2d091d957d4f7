// What a tokenizer asks of the pictures and tokens it is given; for its own files.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "tokenizer/config.h"
#include "tokenizer/partition.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

// How many tiles of `side` pixels lie along a side of the pictures [...,3,n*S,n*S], whose number of
// dimensions is `dimensions`. InputError unless they are float32 and fit.
int64_t tiles_along(const at::Tensor& pictures, int64_t dimensions, int64_t side);

// InputError unless `tokens` [B*n*n,l,5+c] are those of whole pictures and have c channels.
void check_tokens(const Tokens& tokens, int64_t tiles, int64_t channels);

// The partition that EncodeOptions ask of a model.
PartitionOptions partition_options(const GpsOptions& gps, const EncodeOptions& options);

}  // namespace gpst
