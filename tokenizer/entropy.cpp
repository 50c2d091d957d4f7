#include "tokenizer/entropy.h"

#include <cmath>

#include "cuda/entropy_math.h"

namespace gpst {
namespace {

// Sum of 128 terms in the order of numpy's pairwise summation: eight running sums, joined in
// pairs. It matters where two regions differ in the last bit only.
template <class Term>
double sum_128(const int32_t* counts, const Term& term) {
  std::array<double, 8> sums;
  for (int lane = 0; lane < 8; ++lane) sums[lane] = term(counts[lane]);
  for (int i = 8; i < 128; i += 8) {
    for (int lane = 0; lane < 8; ++lane) sums[lane] += term(counts[i + lane]);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class Term>
double sum_terms(const EdgeHistogram& histogram, const Term& term) {
  static_assert(kEdgeBins == 256 && kEdgeBins == entropy_math::kBins &&
                kEdgePixels == entropy_math::kPixels);
  return sum_128(histogram.counts.data(), term) + sum_128(histogram.counts.data() + 128, term);
}

}  // namespace

double portable_log2(double x) { return entropy_math::log2_of(x); }

EntropyTable::EntropyTable() : terms_(kEdgePixels + 1) {
  for (int count = 0; count <= kEdgePixels; ++count) {
    terms_[count] = entropy_math::term(count, kEdgePixels);
  }
}

double EntropyTable::entropy(const EdgeHistogram& histogram) const {
  if (histogram.total == kEdgePixels) {
    return -sum_terms(histogram, [this](int32_t count) { return terms_[count]; });
  }
  return -sum_terms(histogram,
                    [&](int32_t count) { return entropy_math::term(count, histogram.total); });
}

double entropy_power(double entropy, double exponent) {
  entropy_math::HalfPower power;
  return entropy_math::is_half_power(exponent, power) ? power.of(entropy)
                                                      : std::pow(entropy, exponent);
}

}  // namespace gpst
