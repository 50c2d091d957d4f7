// Mean and population standard deviation of a few numbers, as numpy.mean and numpy.std. Internal to
// eval.
#pragma once

#include <cmath>
#include <span>

namespace gpst {

struct MeanAndStd {
  double mean = 0;
  double std = 0;
};

inline MeanAndStd mean_and_std(std::span<const double> values) {
  if (values.empty()) return {};
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / n)};
}

}  // namespace gpst
