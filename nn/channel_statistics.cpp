#include "nn/channel_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gpst {
namespace {

at::Tensor row(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.options());
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// Below this share of its mean a deviation is rounding: the channel is constant.
constexpr double kConstant = 1e-6;

}  // namespace

void ChannelStatistics::check(int64_t channels, std::string_view what) const {
  const auto expected = static_cast<size_t>(channels);
  if (mean.size() != expected || std.size() != expected) {
    throw ConfigError(
        fmt::format("{}: expected {} means and {} standard deviations, found {} and {}", what,
                    expected, expected, mean.size(), std.size()));
  }
  if (!all_finite(mean) || !all_finite(std) ||
      !std::all_of(std.begin(), std.end(), [](double v) { return v > 0; })) {
    throw ConfigError(
        fmt::format("{}: means must be finite and standard deviations finite and above 0", what));
  }
}

at::Tensor ChannelStatistics::standardise(const at::Tensor& values) const {
  return (values - row(mean, values)) / row(std, values);
}

at::Tensor ChannelStatistics::restore(const at::Tensor& z) const {
  return z * row(std, z) + row(mean, z);
}

ChannelAccumulator::ChannelAccumulator(int64_t channels)
    : mean_(static_cast<size_t>(channels)), squares_(static_cast<size_t>(channels)) {}

void ChannelAccumulator::add(const at::Tensor& values) {
  const auto channels = static_cast<int64_t>(mean_.size());
  const at::Tensor rows = values.to(at::kCPU, at::kDouble).reshape({-1, channels});  // [n,C]
  if (rows.size(0) == 0) return;
  const at::Tensor mean = rows.mean(0);                      // [C]
  const at::Tensor squares = (rows - mean).square().sum(0);  // [C]
  ChannelAccumulator part(channels);
  part.count_ = rows.size(0);
  std::copy_n(mean.const_data_ptr<double>(), channels, part.mean_.begin());
  std::copy_n(squares.const_data_ptr<double>(), channels, part.squares_.begin());
  merge(part);
}

void ChannelAccumulator::merge(const ChannelAccumulator& other) {
  if (other.count_ == 0) return;
  const auto n = static_cast<double>(count_), m = static_cast<double>(other.count_);
  for (size_t c = 0; c < mean_.size(); ++c) {
    const double step = other.mean_[c] - mean_[c];
    mean_[c] += step * m / (n + m);
    squares_[c] += other.squares_[c] + step * step * n * m / (n + m);
  }
  count_ += other.count_;
}

std::vector<double> ChannelAccumulator::deviations() const {
  if (count_ == 0) throw InputError("statistics of tokens: there were no tokens");
  std::vector<double> result;
  for (size_t c = 0; c < mean_.size(); ++c) {
    const double deviation = std::sqrt(squares_[c] / static_cast<double>(count_));
    result.push_back(deviation <= kConstant * std::abs(mean_[c]) ? 0 : deviation);
  }
  return result;
}

ChannelStatistics ChannelAccumulator::statistics() const {
  ChannelStatistics result;
  result.mean = mean_;
  for (const double deviation : deviations()) result.std.push_back(deviation == 0 ? 1 : deviation);
  return result;
}

}  // namespace gpst
