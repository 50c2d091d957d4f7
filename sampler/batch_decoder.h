// Tokens of B pictures to bytes on the host, as one recorded graph and an asynchronous copy.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "image/preprocess.h"
#include "ops/accelerator.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

// Where the pictures of one batch arrive.
struct HostPictures {
  at::Tensor bytes;                     // [B,S,S,3] uint8, pinned
  at::Tensor first_nan;                 // [B] int32, pinned; ops/quantise.h
  std::shared_ptr<DeviceEvent> copied;  // both are valid once it is reached
};

// One caller at a time, whose current stream is `compute`.
class BatchDecoder {
 public:
  // For B pictures where the tokenizer is. Keeps references to it and to `compute`.
  BatchDecoder(const Tokenizer& tokenizer, int64_t pictures, int64_t tokens /*l*/,
               Rounding rounding, DeviceStream& compute);
  ~BatchDecoder();  // waits for its copies

  HostPictures make_buffers() const;
  // Issues decoding of tokens [B,l,5+c] and the copy to `pictures`; the host does not wait.
  void decode(const at::Tensor& tokens, HostPictures& pictures);

 private:
  void decode_once();

  const Tokenizer& tokenizer_;
  Rounding rounding_;
  std::shared_ptr<Accelerator> accelerator_;
  DeviceStream& compute_;
  std::unique_ptr<DeviceStream> copies_;
  at::Tensor tokens_;     // [B,l,5+c]
  at::Tensor bytes_;      // [B,S,S,3] uint8
  at::Tensor first_nan_;  // [B] int32
  std::unique_ptr<DeviceGraph> graph_;
  std::shared_ptr<DeviceEvent> last_copy_;
};

}  // namespace gpst
