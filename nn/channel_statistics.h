// Mean and standard deviation of every channel of tokens, and the standardisation by them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace gpst {

struct ChannelStatistics {
  std::vector<double> mean;
  std::vector<double> std;

  bool empty() const { return mean.empty() && std.empty(); }
  // Both have `channels` entries, all finite, every std > 0; ConfigError naming `what` otherwise.
  void check(int64_t channels, std::string_view what) const;

  at::Tensor standardise(const at::Tensor& values /* [...,C] */) const;  // (v - mean) / std
  at::Tensor restore(const at::Tensor& z /* [...,C] */) const;           // z * std + mean
};

// Statistics of a stream of tokens, in double, mergeable; a constant channel gets std 1.
class ChannelAccumulator {
 public:
  explicit ChannelAccumulator(int64_t channels);
  void add(const at::Tensor& values /* [...,C] */);
  void merge(const ChannelAccumulator& other);
  int64_t count() const { return count_; }
  ChannelStatistics statistics() const;  // InputError when nothing was added
  // Standard deviations as they are: 0 for a constant channel.
  std::vector<double> deviations() const;

 private:
  int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> squares_;  // sum of squared distances to the mean
};

}  // namespace gpst
