// The dispatcher's view of preprocess_pictures; for files of this folder. Callers use
// ops/preprocess_pictures.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::preprocess_pictures: pictures [H, W, 3] uint8 each -> [B, 3, side, side] float32;
// flipped: none, or 0 or 1 for each picture
at::Tensor preprocess_pictures(at::TensorList pictures, int64_t side, bool channels_last,
                               at::IntArrayRef flipped);

// Shared by all backends.
void check_preprocess_pictures(at::TensorList pictures, int64_t side, at::IntArrayRef flipped);
at::Tensor empty_pictures(at::TensorList pictures, int64_t side, bool channels_last);

}  // namespace gpst::ops
