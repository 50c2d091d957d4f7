// The examples of generator training: rows of a token dataset in shuffled order, with every random
// choice following from the example's number.
#pragma once

#include <cstdint>
#include <vector>

#include "flow/options.h"
#include "flow/training_draws.h"
#include "train/example_order.h"
#include "train/seeded_permutation.h"
#include "train/stage.h"
#include "train/token_dataset.h"
#include "train/token_options.h"

namespace gpst {

// What a generator's loss needs beside the tokens.
struct FlowDraws {
  std::vector<float> times;    // [B]
  at::Tensor labels;           // [B] int64; dropped ones are `no_class`
  at::Tensor noise;            // [B,C,l,1] standard normal
  at::Tensor condition_noise;  // [B,l,5] standard normal
};

struct DrawOptions {
  TimeOptions time = {};
  TransportOptions transport = {};
  double label_drop = 0.1;
  int64_t no_class = 0;
  int64_t channels = 0;  // C of the noise
};

// Thread-safe; takes no memory for a row.
class TokenExamples {
 public:
  // InputError when `held_out` leaves nothing to train on.
  TokenExamples(TokenDataset data, const TokenDataOptions& options, int64_t seed);

  const TokenDataset& data() const { return data_; }
  TokenBatch batch(const BatchPart& part) const;
  FlowDraws draws(const TokenBatch& batch, const BatchPart& part, const DrawOptions& options) const;

  // Rows kept aside: the last ones of a permutation of its own, unmirrored. Which ones depends on
  // the number of rows only.
  int64_t held_out() const { return options_.held_out; }
  TokenBatch held_out_batch(int64_t first, int64_t count) const;
  // Draws of a held-out batch: the same at every evaluation, labels kept.
  FlowDraws held_out_draws(const TokenBatch& batch, int64_t first,
                           const DrawOptions& options) const;

 private:
  TokenDataset data_;
  TokenDataOptions options_;
  int64_t seed_;
  SeededPermutation split_;  // first the rows to train on, then those held out
  ExampleOrder order_;       // of the former
};

}  // namespace gpst
