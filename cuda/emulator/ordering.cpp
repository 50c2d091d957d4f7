#include "cuda/emulator/ordering.h"

#include <algorithm>
#include <bit>

namespace gpst::emulator {

void Ordering::begin_block(int threads) {
  if (lanes_.size() < static_cast<size_t>(threads)) {
    lanes_.resize((static_cast<size_t>(threads) + 31) / 32 * 32);
  }
  order_block();
  block_begin_ = block_epoch_;
}

void Ordering::order_block() {
  block_epoch_ = ++tick_;
  warp_epoch_.fill(block_epoch_);
  for (size_t warp = 0; warp < split_.size(); ++warp) {
    if (!split_[warp]) continue;
    split_[warp] = false;
    for (size_t i = 0; i < 32; ++i) lanes_[32 * warp + i] = {};
  }
}

void Ordering::order_lanes(int first, uint32_t lanes, uint32_t live) {
  const auto begin = static_cast<size_t>(first);
  if ((live & ~lanes) == 0) {
    warp_epoch_[begin / 32] = ++tick_;
    if (split_[begin / 32]) std::fill_n(lanes_.begin() + first, 32, Lane{});
    split_[begin / 32] = false;
    return;
  }
  split_[begin / 32] = true;
  Lane joined;
  for (uint32_t left = lanes; left != 0; left &= left - 1) {
    const auto lane = static_cast<size_t>(std::countr_zero(left));
    Lane& own = lanes_[begin + lane];
    own.seen[lane] = ++own.clock;
    for (size_t j = 0; j < 32; ++j) joined.seen[j] = std::max(joined.seen[j], own.seen[j]);
  }
  for (uint32_t left = lanes; left != 0; left &= left - 1) {
    lanes_[begin + static_cast<size_t>(std::countr_zero(left))].seen = joined.seen;
  }
}

int Ordering::culprit(const AccessSet& set, int thread) const {
  if (set.several_warps && set.warp == thread / 32) return set.elsewhere;
  const bool same_warp = set.warp == thread / 32;
  const uint32_t lanes = same_warp ? unordered_lanes(set, thread) : set.lanes;
  return 32 * set.warp + std::countr_zero(lanes);
}

}  // namespace gpst::emulator
