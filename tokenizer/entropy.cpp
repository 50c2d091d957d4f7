#include "tokenizer/entropy.h"

#include <cmath>

namespace gpst {
namespace {

double entropy_term(int count, int total) {
  const double p = count / (total + 1e-5);
  return p * portable_log2(p + 1e-10);
}

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
  static_assert(kEdgeBins == 256);
  return sum_128(histogram.counts.data(), term) + sum_128(histogram.counts.data() + 128, term);
}

}  // namespace

double portable_log2(double x) {
  constexpr double kTwoOverLn2 = 2.8853900817779268147;
  int power = 0;
  double m = std::frexp(x, &power);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --power;
  }
  // log m = 2 atanh(z) and |z| <= 0.172: the 13th power of z^2 is below double's resolution.
  const double z = (m - 1) / (m + 1);
  const double z2 = z * z;
  double series = 0;
  for (int n = 12; n >= 1; --n) series = (series + 1.0 / (2 * n + 1)) * z2;
  return power + kTwoOverLn2 * (z + z * series);
}

EntropyTable::EntropyTable() : terms_(kEdgePixels + 1) {
  for (int count = 0; count <= kEdgePixels; ++count) {
    terms_[count] = entropy_term(count, kEdgePixels);
  }
}

double EntropyTable::entropy(const EdgeHistogram& histogram) const {
  if (histogram.total == kEdgePixels) {
    return -sum_terms(histogram, [this](int32_t count) { return terms_[count]; });
  }
  return -sum_terms(histogram, [&](int32_t count) { return entropy_term(count, histogram.total); });
}

double entropy_power(double entropy, double exponent) {
  constexpr double kLargestByProducts = 16;
  const double whole = std::floor(exponent);
  const double fraction = exponent - whole;
  if ((fraction != 0 && fraction != 0.5) || exponent < 0 || exponent > kLargestByProducts) {
    return std::pow(entropy, exponent);
  }
  double power = 1;
  for (int i = 0; i < static_cast<int>(whole); ++i) power *= entropy;
  return fraction == 0.5 ? power * std::sqrt(entropy) : power;
}

}  // namespace gpst
