#include "sampler/batch_size.h"

#include <algorithm>

#include <c10/core/ScalarType.h>

namespace gpst {

int64_t batch_that_fits(const TokenizerOptions& tokenizer, int64_t side, at::ScalarType type,
                        const DeviceMemory& memory) {
  constexpr int64_t kMost = 64, kMaps = 3;
  const auto& factors = tokenizer.decoder.ch_mult;
  const int64_t channels =
      tokenizer.decoder.ch * std::max<int64_t>(1, *std::ranges::max_element(factors));
  const int64_t picture =
      kMaps * channels * side * side * static_cast<int64_t>(c10::elementSize(type));
  int64_t batch = 1;
  while (batch < kMost && 2 * batch * picture <= memory.free / 2) batch *= 2;
  return batch;
}

int64_t batch_size(const BatchRequest& request, const TokenizerOptions& tokenizer,
                   at::Device device, at::ScalarType type) {
  int64_t pictures = request.wanted;
  if (pictures == 0) {
    pictures = batch_that_fits(tokenizer, request.side, type, Accelerator::of(device)->memory());
  }
  return std::clamp<int64_t>(pictures, 1, std::max<int64_t>(1, request.count));
}

}  // namespace gpst
