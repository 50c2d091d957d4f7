// The one source of randomness: the counter-based generator Philox4x32-10 (Salmon et al., 2011),
// word for word the one of cuRAND. A number depends only on what it is for, never on how many were
// drawn before, so batches, threads, shards and resumes do not change it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace gpst {

// Block number `block` of the sequence: what curand4() of a state initialised with
// curand_init(key, subsequence, 4 * block) returns. Counter words: block low, block high,
// subsequence low, subsequence high; key words: key low, key high.
std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t subsequence,
                                        std::uint64_t block);

// What random numbers are for. The values are part of the results: never renumber, append only.
enum class Purpose : std::uint8_t {
  initial_noise = 0,
  step_noise = 1,
  layout_noise = 2,
  layout_step_noise = 3,
  label = 4,
  flip = 5,
  time = 6,
  label_drop = 7,
  condition_noise = 8,
  train_noise = 9,
  shuffle = 10,
  init = 11,
  feature_noise = 12,
};

// A word as a float in (0, 1]: x 2^-32 + 2^-33, as curand_uniform.
float uniform_from_word(std::uint32_t word);

// The numbers of one (seed, subsequence, purpose, step): number i comes from word i % 4 of block
//   purpose << 56 | step << 32 | i / 4,
// the same whether it is asked for as integer, uniform or normal, one by one or in a span.
// The subsequence is usually the picture's index.
//
// Normals: Box-Muller on the word pairs (0,1) and (2,3) as curand_normal4,
//   u = x 2^-32 + 2^-33, v = y 2^-32 2pi + 2^-33 2pi (both float), s = sqrt(-2 ln u),
//   even number s sin v, odd number s cos v,
// with logarithm, sine and cosine in double and one rounding to float at the end: the float does
// not depend on the machine's single precision library (curand's own differ in the last digits).
class PhiloxStream {
 public:
  // Error (internal) when step >= 2^24.
  PhiloxStream(std::uint64_t seed, std::uint64_t subsequence, Purpose purpose,
               std::uint64_t step = 0);

  std::uint32_t next_u32();
  float next_uniform();
  float next_normal();
  void fill_uniform(std::span<float> out);
  void fill_normal(std::span<float> out);
  // An integer in [0, bound), without bias (Lemire's rejection), bound >= 1. May take more than
  // one number of the stream.
  std::uint32_t next_below(std::uint32_t bound);

 private:
  void load_block();

  std::uint64_t seed_;
  std::uint64_t subsequence_;
  std::uint64_t base_;          // purpose << 56 | step << 32
  std::uint64_t position_ = 0;  // numbers taken
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace gpst
