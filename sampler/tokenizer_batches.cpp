#include "sampler/tokenizer_batches.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "ops/quantise.h"

namespace gpst {
namespace {

class Stopwatch {
 public:
  // Seconds since construction, divided among `count` pictures.
  double share_of(size_t count) const {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    return passed.count() / static_cast<double>(count);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Pictures [B,3,H,W] of any device, as bytes.
std::vector<Picture8> bytes_of(const at::Tensor& pictures, Rounding rounding) {
  const QuantisedPictures quantised = quantise(pictures, rounding);
  const at::Tensor bytes = quantised.bytes.to(at::kCPU);  // [B,H,W,3]
  check_numbers(quantised.first_nan.to(at::kCPU), bytes.size(1), bytes.size(2));
  std::vector<Picture8> result;
  for (const at::Tensor& picture : bytes.unbind(0)) {
    Picture8 one(static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)));
    std::memcpy(one.rgb.data(), picture.const_data_ptr<uint8_t>(), one.rgb.size());
    result.push_back(std::move(one));
  }
  return result;
}

std::vector<BatchedPicture> results_of(const EncodedBatch& batch) {
  batch.check();
  std::vector<BatchedPicture> results;
  const EncodedBatch host = {Layout(batch.initial.values().to(at::kCPU)),
                             Tokens(batch.tokens.values().to(at::kCPU)), batch.tiles};
  for (int64_t i = 0; i < host.pictures(); ++i) {
    results.push_back({.encoded = host.picture(i)});
  }
  return results;
}

// All at once; when a picture is refused, one by one, to see which.
template <class Input>
std::vector<BatchedPicture> isolating_refusals(
    std::span<const Input> pictures,
    const std::function<std::vector<BatchedPicture>(std::span<const Input>)>& make) {
  try {
    return make(pictures);
  } catch (const InputError& error) {
    if (pictures.size() == 1) return {{.problem = error.what()}};
  }
  std::vector<BatchedPicture> results;
  for (size_t i = 0; i < pictures.size(); ++i) {
    results.push_back(isolating_refusals<Input>(pictures.subspan(i, 1), make).front());
  }
  return results;
}

EncodedBatch encode(const Tokenizer& tokenizer, std::span<const at::Tensor> pictures,
                    const EncodeOptions& options) {
  const at::Tensor batch = at::stack(at::TensorList(pictures.data(), pictures.size()));
  return tokenizer.encode_batch(batch.to(tokenizer.device()), options);
}

void add_decoded(std::vector<BatchedPicture>& results, std::vector<Picture8> pictures) {
  for (size_t i = 0; i < results.size(); ++i) results[i].decoded = std::move(pictures[i]);
}

bool same_shape(const EncodedPicture& a, const EncodedPicture& b) {
  return a.tiles == b.tiles && a.tokens.values().sizes() == b.tokens.values().sizes();
}

std::vector<BatchedPicture> decode_alike(const Tokenizer& tokenizer,
                                         std::span<const EncodedPicture> pictures,
                                         Rounding rounding) {
  std::vector<at::Tensor> tokens;
  for (const EncodedPicture& picture : pictures) tokens.push_back(picture.tokens.values());
  const at::Tensor batch = at::cat(tokens).to(tokenizer.device(), at::kFloat);  // [B*n*n,l,5+c]
  std::vector<BatchedPicture> results(pictures.size());
  add_decoded(results, bytes_of(tokenizer.decode_batch(batch, pictures.front().tiles), rounding));
  return results;
}

}  // namespace

std::vector<BatchedPicture> encode_pictures(const Tokenizer& tokenizer,
                                            std::span<const at::Tensor> pictures,
                                            const EncodeOptions& options) {
  const at::NoGradGuard no_gradients;
  return isolating_refusals<at::Tensor>(pictures, [&](std::span<const at::Tensor> some) {
    return results_of(encode(tokenizer, some, options));
  });
}

std::vector<BatchedPicture> reconstruct_pictures(const Tokenizer& tokenizer,
                                                 std::span<const at::Tensor> pictures,
                                                 const EncodeOptions& options, Rounding rounding) {
  const at::NoGradGuard no_gradients;
  return isolating_refusals<at::Tensor>(pictures, [&](std::span<const at::Tensor> some) {
    const Stopwatch encoding;
    const EncodedBatch encoded = encode(tokenizer, some, options);
    std::vector<BatchedPicture> results = results_of(encoded);
    const double encode_seconds = encoding.share_of(some.size());
    const Stopwatch decoding;
    const at::Tensor decoded = tokenizer.decode_batch(encoded.tokens.values(), encoded.tiles);
    add_decoded(results, bytes_of(decoded, rounding));
    for (BatchedPicture& result : results) {
      result.encode_seconds = encode_seconds;
      result.decode_seconds = decoding.share_of(some.size());
    }
    return results;
  });
}

std::vector<BatchedPicture> decode_pictures(const Tokenizer& tokenizer,
                                            std::span<const EncodedPicture> pictures,
                                            Rounding rounding) {
  const at::NoGradGuard no_gradients;
  std::vector<BatchedPicture> results;
  for (size_t first = 0; first < pictures.size();) {
    size_t end = first + 1;
    while (end < pictures.size() && same_shape(pictures[first], pictures[end])) ++end;
    auto some = isolating_refusals<EncodedPicture>(
        pictures.subspan(first, end - first), [&](std::span<const EncodedPicture> alike) {
          return decode_alike(tokenizer, alike, rounding);
        });
    std::ranges::move(some, std::back_inserter(results));
    first = end;
  }
  return results;
}

}  // namespace gpst
