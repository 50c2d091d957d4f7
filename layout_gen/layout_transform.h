// Between layouts and the data of the layout net: rows in Z-order of their centres, since the net
// has positions; sigma as log2, so that dyadic sizes are evenly spaced; every channel standardised.
#pragma once

#include <ATen/ATen.h>

#include "nn/channel_statistics.h"
#include "tokenizer/layout.h"

namespace gpst {

// [log2 sigma_x, log2 sigma_y, rho, x, y] in Z-order, before standardisation: [B,l,5]. A sigma
// below 2^-12 counts as 2^-12.
at::Tensor layout_values(const at::Tensor& geometry /* [B,l,5] */);

// The standardised values as the net's data: [B,5,l,1].
at::Tensor layout_target(const at::Tensor& geometry /* [B,l,5] */,
                         const ChannelStatistics& statistics);

// From a sample back to Gaussians, not yet calibrated.
Layout layout_from_sample(const at::Tensor& sample /* [B,5,l,1] */,
                          const ChannelStatistics& statistics);

}  // namespace gpst
