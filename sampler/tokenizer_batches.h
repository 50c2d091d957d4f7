// Pictures through a tokenizer in batches on its device, results on the host.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "image/preprocess.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

// What became of one picture of a batch.
struct BatchedPicture {
  std::optional<EncodedPicture> encoded = {};  // on the host
  Picture8 decoded = {};                       // where decoding was asked for
  std::string problem = {};                    // the InputError of this picture; else empty
  double encode_seconds = 0;                   // its share of the batch's time
  double decode_seconds = 0;
};

// Encodes pictures [3,n*S,n*S], all of one n. A picture that cannot be used costs itself only.
std::vector<BatchedPicture> encode_pictures(const Tokenizer& tokenizer,
                                            std::span<const at::Tensor> pictures,
                                            const EncodeOptions& options);

// Encodes and decodes them again.
std::vector<BatchedPicture> reconstruct_pictures(const Tokenizer& tokenizer,
                                                 std::span<const at::Tensor> pictures,
                                                 const EncodeOptions& options, Rounding rounding);

// Decodes tokens of any numbers and sizes; neighbours of the same shape share a batch.
// BatchedPicture::encoded stays empty.
std::vector<BatchedPicture> decode_pictures(const Tokenizer& tokenizer,
                                            std::span<const EncodedPicture> pictures,
                                            Rounding rounding);

}  // namespace gpst
