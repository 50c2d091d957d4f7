#include "train/lockstep.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>

#include "base/error.h"
#include "base/hash.h"
#include "train/process_group.h"

namespace gpst {
namespace {

// An evaluation of a large model on a slow disk; a first process that dies is noticed at once.
constexpr std::chrono::hours kPatience{6};

}  // namespace

bool Lockstep::first() const { return alone() || group_->rank() == 0; }

Lockstep::Share Lockstep::share_of(int64_t batch) const {
  if (alone()) return {0, batch};
  const int64_t rank = group_->rank(), size = group_->size();
  if (batch < size) {
    throw ConfigError(fmt::format(
        "train.batch_size is {}, for all {} processes together: each needs an example of its own",
        batch, size));
  }
  const int64_t begin = batch * rank / size;
  return {begin, batch * (rank + 1) / size - begin};
}

void Lockstep::agree(const std::string& what, const std::string& value,
                     const std::string& fix) const {
  if (alone()) return;
  const at::Tensor hashes = at::zeros({group_->size()}, at::kLong);
  hashes[group_->rank()] = static_cast<int64_t>(std::stoull(xxh3_hex(value), nullptr, 16) >> 1);
  group_->sum(hashes);
  std::vector<int64_t> others;
  for (int64_t rank = 1; rank < group_->size(); ++rank) {
    if (hashes[rank].item<int64_t>() != hashes[0].item<int64_t>()) others.push_back(rank);
  }
  if (others.empty()) return;
  throw ConfigError(fmt::format("{} differs between processes (of rank {} and of rank 0): {}", what,
                                fmt::join(others, ", "), fix));
}

void Lockstep::agree_on_signal(int own_signal) const {
  if (alone()) return;
  const at::Tensor counts = at::zeros({2}, at::kLong);  // of SIGINT, of SIGTERM
  if (own_signal != 0) counts[own_signal == SIGTERM ? 1 : 0] = 1;
  group_->sum(counts);
  if (counts[1].item<int64_t>() > 0) throw Interrupted(SIGTERM);
  if (counts[0].item<int64_t>() > 0) throw Interrupted(SIGINT);
}

void Lockstep::sum(double& loss, Metrics& metrics) const {
  if (alone()) return;
  at::Tensor values = at::empty({static_cast<int64_t>(metrics.size()) + 1}, at::kDouble);
  values[0] = loss;
  for (size_t i = 0; i < metrics.size(); ++i) {
    values[static_cast<int64_t>(i) + 1] = metrics[i].second;
  }
  group_->sum(values);
  loss = values[0].item<double>();
  for (size_t i = 0; i < metrics.size(); ++i) {
    metrics[i].second = values[static_cast<int64_t>(i) + 1].item<double>();
  }
}

int64_t Lockstep::answer_of_first(int64_t own) const {
  if (alone()) return own;
  const at::Tensor answer = at::full({1}, own, at::kLong);
  group_->broadcast(answer, kPatience);
  return answer.item<int64_t>();
}

}  // namespace gpst
