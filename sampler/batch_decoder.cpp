#include "sampler/batch_decoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ops/quantise.h"
#include "ops/token_columns.h"

namespace gpst {

BatchDecoder::BatchDecoder(const Tokenizer& tokenizer, int64_t pictures, int64_t tokens,
                           Rounding rounding, DeviceStream& compute)
    : tokenizer_(tokenizer),
      rounding_(rounding),
      accelerator_(Accelerator::of(tokenizer.device())),
      compute_(compute),
      copies_(accelerator_->make_stream()) {
  const int64_t side = tokenizer.options().tile_side();
  const auto on_device = at::TensorOptions(tokenizer.device());
  tokens_ = at::full({pictures, tokens, kGeometry + tokenizer.options().gps.gps_c}, 0.5,
                     on_device.dtype(at::kFloat));
  bytes_ = at::empty({pictures, side, side, 3}, on_device.dtype(at::kByte));
  first_nan_ = at::empty({pictures}, on_device.dtype(at::kInt));
  accelerator_->synchronise();  // copies of weights and these buffers, made on other streams
  graph_ = accelerator_->capture(compute_, [this] { decode_once(); });
}

BatchDecoder::~BatchDecoder() {
  compute_.synchronise();
  copies_->synchronise();
}

HostPictures BatchDecoder::make_buffers() const {
  return {.bytes = accelerator_->pinned(bytes_.sizes(), at::kByte),
          .first_nan = accelerator_->pinned(first_nan_.sizes(), at::kInt),
          .copied = nullptr};
}

void BatchDecoder::decode_once() {
  const at::NoGradGuard no_gradients;
  const QuantisedPictures pictures = quantise(tokenizer_.decode_batch(tokens_), rounding_);
  bytes_.copy_(pictures.bytes);
  first_nan_.copy_(pictures.first_nan);
}

void BatchDecoder::decode(const at::Tensor& tokens, HostPictures& pictures) {
  const at::NoGradGuard no_gradients;
  // The pictures of the last batch must have left before they are overwritten.
  if (last_copy_) compute_.wait_for(*last_copy_);
  tokens_.copy_(tokens);
  graph_->replay();
  copies_->wait_for(*compute_.record());
  copies_->run([&] {
    pictures.bytes.copy_(bytes_, /*non_blocking=*/true);
    pictures.first_nan.copy_(first_nan_, /*non_blocking=*/true);
  });
  pictures.copied = last_copy_ = copies_->record();
}

}  // namespace gpst
