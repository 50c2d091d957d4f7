// Pictures through a tokenizer in batches on its device, results on the host.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "image/preprocess.h"
#include "nn/batch_pipeline.h"
#include "ops/accelerator.h"
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

// Issues batches to the device without waiting for them: what a call returns waits when it is
// called. Pictures are copied to and from pinned memory beside the computation, on streams of their
// own. A picture that cannot be used costs itself only. One caller at a time, which also makes the
// calls of what it was given, in their order, while this object lives.
class TokenizerBatches {
 public:
  // Keeps a reference to the tokenizer.
  explicit TokenizerBatches(const Tokenizer& tokenizer);
  ~TokenizerBatches();

  // Encodes pictures [3,n*S,n*S], all of one n. No pictures: nothing, at once.
  Pending<BatchedPicture> encode(std::span<const at::Tensor> pictures,
                                 const EncodeOptions& options);
  // Encodes and decodes them again.
  Pending<BatchedPicture> reconstruct(std::span<const at::Tensor> pictures,
                                      const EncodeOptions& options, Rounding rounding);
  // Decodes tokens of any numbers and sizes; neighbours of the same shape share a batch.
  // BatchedPicture::encoded stays empty.
  Pending<BatchedPicture> decode(std::span<const EncodedPicture> pictures, Rounding rounding);

 private:
  struct Encoding;
  struct Decoding;
  Encoding start_encoding(std::span<const at::Tensor> pictures, const EncodeOptions& options);
  Decoding start_decoding(const at::Tensor& tokens, int64_t tiles, Rounding rounding);
  Pending<BatchedPicture> start_decoding_alike(std::span<const EncodedPicture> pictures,
                                               Rounding rounding);
  at::Tensor upload(const at::Tensor& pinned);
  at::Tensor download(const at::Tensor& result);

  const Tokenizer& tokenizer_;
  std::shared_ptr<Accelerator> accelerator_;
  std::unique_ptr<DeviceStream> uploads_, compute_, downloads_;
  std::chrono::steady_clock::time_point free_since_ = {};  // end of the last batch waited for
};

// For batches of which only some pictures take part: the results at the places of those, nothing at
// the others.
Pending<BatchedPicture> at_places(Pending<BatchedPicture> pending, std::vector<bool> places);

}  // namespace gpst
