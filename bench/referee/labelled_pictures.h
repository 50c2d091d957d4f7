// All pictures of a set in memory, with their classes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gpst::bench {

struct LabelledPictures {
  at::Tensor pictures;  // [N,3,S,S] uint8
  at::Tensor labels;    // [N] int64

  int64_t size() const { return labels.size(0); }
};

struct SplitPictures {
  LabelledPictures train, held_out;
};

// Pictures of a folder, tar or list, CLASS/NAME, scaled and cropped to side x side, `held_out` of
// them apart as training of the tokenizer keeps them apart (train/held_out.h).
SplitPictures read_pictures(const std::string& input, const std::string& class_table,
                            int64_t held_out, int side);

// arr_0 and arr_1 of an npz of `gpstoken sample --npz`.
LabelledPictures read_samples(const std::string& npz);

// Values in [-1,1] of the pictures first, ..., first + count - 1: [count,3,S,S].
at::Tensor values_of(const LabelledPictures& set, int64_t first, int64_t count);

}  // namespace gpst::bench
