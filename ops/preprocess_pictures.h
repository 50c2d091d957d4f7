// Decoded pictures to what the models take, where the pictures are (numerics, section 1): scaled so
// that the short side is `side`, centre crop, v/127.5 - 1. The values are those of
// image/preprocess.h on every device. Bilinear only: the `area` mode stays with image/preprocess.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace gpst {

struct PicturePreprocessing {
  int64_t side = 256;
  bool channels_last = false;      // memory format of the result
  std::vector<bool> flipped = {};  // left to right: none, or one for each picture
};

// Returns [B, 3, side, side] float32 on the device of the pictures; no synchronisation. Throws
// InputError: no pictures, a picture not [H, W, 3] uint8 or on another device, a wrong number of
// flips, a picture so long and thin that its scaled size is beyond reason.
at::Tensor preprocess_pictures(at::TensorList pictures,  // [H, W, 3] uint8 each, of any sizes
                               const PicturePreprocessing& options);

}  // namespace gpst
