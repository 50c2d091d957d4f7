// numpy's legacy random generator, number for number: published evaluators draw their subsets and
// shuffles with numpy.random.RandomState(seed), and a metric is only theirs with the same draws.
// For nothing else: this program's own randomness is Philox (base/philox.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gpst {

// MT19937 (Matsumoto and Nishimura 1998) seeded by init_genrand(seed).
class NumpyRandomState {
 public:
  explicit NumpyRandomState(uint32_t seed);

  uint32_t next_u32();

  // Uniform in [0, max], both included: words under the smallest mask 2^k - 1 >= max are drawn
  // until one is in range; one word a try up to 2^32 - 1, two (high first) beyond. max 0 draws
  // nothing.
  uint64_t interval(uint64_t max);

  // RandomState.permutation(n): 0..n-1 after shuffle, which for i = n-1 down to 1 swaps i with
  // interval(i).
  std::vector<int64_t> permutation(int64_t n);

  // RandomState.choice(n, k, replace=False): the first k of permutation(n). InputError unless
  // 0 <= k <= n.
  std::vector<int64_t> choice(int64_t n, int64_t k);

 private:
  static constexpr int kWords = 624;
  void refill();

  std::array<uint32_t, kWords> state_;
  int next_ = kWords;
};

}  // namespace gpst
