#include "sampler/tokenizer_batches.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ops/quantise.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

using Results = std::vector<BatchedPicture>;
using PendingResults = Pending<BatchedPicture>;
using Clock = std::chrono::steady_clock;

double share(Clock::time_point begin, Clock::time_point end, size_t count) {
  return std::chrono::duration<double>(end - begin).count() / static_cast<double>(count);
}

// All at once; when something is refused, at the start or at the end, one by one, to see what.
template <class Input>
PendingResults isolating_refusals(
    std::span<const Input> given,
    const std::function<PendingResults(std::span<const Input>)>& start) {
  if (given.empty()) return [] { return Results{}; };
  const std::vector<Input> inputs(given.begin(), given.end());
  PendingResults pending;
  std::string problem;
  try {
    pending = start(inputs);
  } catch (const InputError& error) {
    problem = error.what();
  }
  return [inputs, start, pending = std::move(pending), problem]() -> Results {
    std::string reason = problem;
    try {
      if (pending) return pending();
    } catch (const InputError& error) {
      reason = error.what();
    }
    if (inputs.size() == 1) return {{.problem = reason}};
    Results results;
    for (const Input& input : inputs) {
      results.push_back(
          isolating_refusals<Input>(std::span<const Input>(&input, 1), start)().front());
    }
    return results;
  };
}

bool same_shape(const EncodedPicture& a, const EncodedPicture& b) {
  return a.tiles == b.tiles && a.tokens.values().sizes() == b.tokens.values().sizes();
}

}  // namespace

// Tensors of a batch under way. Those of the device stay until the host has waited for the copies:
// they were made on one stream and are read on another.
struct TokenizerBatches::Encoding {
  at::Tensor pictures;                // [B,3,n*S,n*S] on the device
  std::optional<EncodedBatch> batch;  // on the device
  at::Tensor initial, tokens;         // pinned
  std::shared_ptr<DeviceEvent> copied;

  Results wait() const {
    copied->wait();
    batch->check();
    const EncodedBatch host = {Layout(initial), Tokens(tokens), batch->tiles};
    Results results;
    for (int64_t i = 0; i < host.pictures(); ++i) results.push_back({.encoded = host.picture(i)});
    return results;
  }
};

struct TokenizerBatches::Decoding {
  at::Tensor tokens;            // on the device
  QuantisedPictures quantised;  // on the device
  at::Tensor bytes, first_nan;  // pinned: [B,H,W,3] uint8, [B] int32
  std::shared_ptr<DeviceEvent> copied;

  void wait_and_add_to(Results& results) const {
    copied->wait();
    check_numbers(first_nan, bytes.size(1), bytes.size(2));
    for (size_t i = 0; i < results.size(); ++i) {
      results[i].decoded = picture_of_bytes(bytes[static_cast<int64_t>(i)]);
    }
  }
};

TokenizerBatches::TokenizerBatches(const Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      accelerator_(Accelerator::of(tokenizer.device())),
      uploads_(accelerator_->make_stream()),
      compute_(accelerator_->make_stream()),
      downloads_(accelerator_->make_stream()) {
  accelerator_->synchronise();  // the copies of the weights, made on another stream
}

TokenizerBatches::~TokenizerBatches() {
  uploads_->synchronise();
  compute_->synchronise();
  downloads_->synchronise();
}

// What is issued to compute_ afterwards finds the copy complete.
at::Tensor TokenizerBatches::upload(const at::Tensor& pinned) {
  at::Tensor copy;
  uploads_->run(
      [&] { copy = pinned.to(tokenizer_.device(), pinned.scalar_type(), /*non_blocking=*/true); });
  compute_->wait_for(*uploads_->record());
  return copy;
}

// To be issued to downloads_.
at::Tensor TokenizerBatches::download(const at::Tensor& result) {
  at::Tensor pinned = accelerator_->pinned(result.sizes(), result.scalar_type());
  return pinned.copy_(result, /*non_blocking=*/true);
}

TokenizerBatches::Encoding TokenizerBatches::start_encoding(std::span<const at::Tensor> pictures,
                                                            const EncodeOptions& options) {
  const at::NoGradGuard no_gradients;
  const at::TensorList all(pictures.data(), pictures.size());
  for (const at::Tensor& picture : pictures) {
    if (picture.sizes() != pictures.front().sizes()) {
      throw InputError("encode: pictures of one batch must have one size");
    }
  }
  std::vector<int64_t> shape = pictures.front().sizes().vec();
  shape.insert(shape.begin(), static_cast<int64_t>(pictures.size()));
  at::Tensor staged = accelerator_->pinned(shape, at::kFloat);  // [B,3,n*S,n*S]
  at::stack_out(staged, all);
  Encoding encoding;
  encoding.pictures = upload(staged);
  compute_->run([&] { encoding.batch = tokenizer_.encode_batch(encoding.pictures, options); });
  downloads_->wait_for(*compute_->record());
  downloads_->run([&] {
    encoding.initial = download(encoding.batch->initial.values());
    encoding.tokens = download(encoding.batch->tokens.values());
  });
  encoding.copied = downloads_->record();
  return encoding;
}

TokenizerBatches::Decoding TokenizerBatches::start_decoding(const at::Tensor& tokens, int64_t tiles,
                                                            Rounding rounding) {
  const at::NoGradGuard no_gradients;
  Decoding decoding;
  decoding.tokens = tokens;
  compute_->run(
      [&] { decoding.quantised = quantise(tokenizer_.decode_batch(tokens, tiles), rounding); });
  downloads_->wait_for(*compute_->record());
  downloads_->run([&] {
    decoding.bytes = download(decoding.quantised.bytes);
    decoding.first_nan = download(decoding.quantised.first_nan);
  });
  decoding.copied = downloads_->record();
  return decoding;
}

PendingResults TokenizerBatches::encode(std::span<const at::Tensor> pictures,
                                        const EncodeOptions& options) {
  return isolating_refusals<at::Tensor>(
      pictures, [this, options](std::span<const at::Tensor> some) -> PendingResults {
        return [encoding = start_encoding(some, options)] { return encoding.wait(); };
      });
}

PendingResults TokenizerBatches::reconstruct(std::span<const at::Tensor> pictures,
                                             const EncodeOptions& options, Rounding rounding) {
  return isolating_refusals<at::Tensor>(pictures, [=, this](std::span<const at::Tensor> some) {
    const Encoding encoding = start_encoding(some, options);
    const Decoding decoding =
        start_decoding(encoding.batch->tokens.values(), encoding.batch->tiles, rounding);
    return [=, this, issued = Clock::now()] {
      // The device took the batch up once it was done with the one before.
      const Clock::time_point begin = std::max(issued, free_since_);
      Results results = encoding.wait();
      const Clock::time_point encoded = Clock::now();
      decoding.wait_and_add_to(results);
      const Clock::time_point decoded = free_since_ = Clock::now();
      for (BatchedPicture& result : results) {
        result.encode_seconds = share(begin, encoded, results.size());
        result.decode_seconds = share(encoded, decoded, results.size());
      }
      return results;
    };
  });
}

PendingResults TokenizerBatches::start_decoding_alike(std::span<const EncodedPicture> pictures,
                                                      Rounding rounding) {
  std::vector<at::Tensor> tokens;
  for (const EncodedPicture& picture : pictures) tokens.push_back(picture.tokens.values());
  std::vector<int64_t> shape = tokens.front().sizes().vec();
  shape.front() *= static_cast<int64_t>(tokens.size());
  at::Tensor staged = accelerator_->pinned(shape, at::kFloat);  // [B*n*n,l,5+c]
  at::cat_out(staged, tokens);
  return [decoding = start_decoding(upload(staged), pictures.front().tiles, rounding),
          count = pictures.size()] {
    Results results(count);
    decoding.wait_and_add_to(results);
    return results;
  };
}

PendingResults TokenizerBatches::decode(std::span<const EncodedPicture> pictures,
                                        Rounding rounding) {
  std::vector<PendingResults> batches;
  for (size_t first = 0; first < pictures.size();) {
    size_t end = first + 1;
    while (end < pictures.size() && same_shape(pictures[first], pictures[end])) ++end;
    batches.push_back(
        isolating_refusals<EncodedPicture>(pictures.subspan(first, end - first),
                                           [this, rounding](std::span<const EncodedPicture> alike) {
                                             return start_decoding_alike(alike, rounding);
                                           }));
    first = end;
  }
  return [batches = std::move(batches)] {
    Results results;
    for (const PendingResults& batch : batches) {
      std::ranges::move(batch(), std::back_inserter(results));
    }
    return results;
  };
}

PendingResults at_places(PendingResults pending, std::vector<bool> places) {
  return [pending = std::move(pending), places = std::move(places)] {
    Results made = pending(), all(places.size());
    for (size_t i = 0, next = 0; i < places.size(); ++i) {
      if (places[i]) all[i] = std::move(made[next++]);
    }
    return all;
  };
}

}  // namespace gpst
