#include "train/token_examples.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <span>

#include "base/error.h"
#include "base/philox.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

// Held-out draws come from a seed of their own, so that they meet no training example's.
constexpr uint64_t kHeldOutSeed = 0x9E3779B97F4A7C15ull;

int64_t checked_training_rows(const TokenDataset& data, const TokenDataOptions& options) {
  if (options.held_out >= data.size()) {
    throw InputError(fmt::format("{} rows of tokens cannot be held out of {}; lower data.held_out",
                                 options.held_out, data.size()));
  }
  return data.size() - options.held_out;
}

std::span<float> floats_of(const at::Tensor& tensor) {
  return {tensor.mutable_data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

struct DrawKey {
  uint64_t seed = 0;
  int64_t first = 0;  // number of the first example
  double label_drop = 0;
};

FlowDraws draw(const TokenBatch& batch, const DrawKey& key, const DrawOptions& options) {
  const auto count = static_cast<int64_t>(batch.labels.size());
  const int64_t tokens = batch.tokens.size(1);
  const TimeInterval interval = training_interval(options.transport);
  FlowDraws draws;
  draws.labels = at::tensor(batch.labels, at::kLong);
  draws.noise = at::empty({count, options.channels, tokens, 1}, at::kFloat);
  draws.condition_noise = at::empty({count, tokens, kGeometry}, at::kFloat);
  auto* labels = draws.labels.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    const auto example = static_cast<uint64_t>(key.first + i);
    const auto stream = [&](Purpose purpose) { return PhiloxStream(key.seed, example, purpose); };
    PhiloxStream time = stream(Purpose::time);
    draws.times.push_back(draw_time(time, options.time, interval));
    PhiloxStream drop = stream(Purpose::label_drop);
    if (draw_label_drop(drop, key.label_drop)) labels[i] = options.no_class;
    stream(Purpose::train_noise).fill_normal(floats_of(draws.noise[i]));
    stream(Purpose::condition_noise).fill_normal(floats_of(draws.condition_noise[i]));
  }
  return draws;
}

}  // namespace

TokenExamples::TokenExamples(TokenDataset data, const TokenDataOptions& options, int64_t seed)
    : data_(std::move(data)),
      options_(options),
      seed_(seed),
      split_(kHeldOutSeed, 0, data_.size()),
      order_(static_cast<uint64_t>(seed), checked_training_rows(data_, options)) {}

TokenBatch TokenExamples::batch(const BatchPart& part) const {
  std::vector<TokenRow> rows;
  for (int64_t i = 0; i < part.count; ++i) {
    const int64_t example = part.first + i;
    TokenRow row{.index = split_(order_.index(example))};
    PhiloxStream coin(static_cast<uint64_t>(seed_), static_cast<uint64_t>(example), Purpose::flip);
    row.flip = options_.flips && data_.index().flips && (coin.next_u32() & 1) != 0;
    rows.push_back(row);
  }
  return data_.batch(rows);
}

FlowDraws TokenExamples::draws(const TokenBatch& batch, const BatchPart& part,
                               const DrawOptions& options) const {
  return draw(batch, {static_cast<uint64_t>(seed_), part.first, options.label_drop}, options);
}

TokenBatch TokenExamples::held_out_batch(int64_t first, int64_t count) const {
  std::vector<TokenRow> rows;
  for (int64_t i = first; i < first + count; ++i) {
    rows.push_back({.index = split_(data_.size() - options_.held_out + i)});
  }
  return data_.batch(rows);
}

FlowDraws TokenExamples::held_out_draws(const TokenBatch& batch, int64_t first,
                                        const DrawOptions& options) const {
  return draw(batch, {kHeldOutSeed, first, 0}, options);
}

}  // namespace gpst
