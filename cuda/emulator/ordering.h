// Which accesses of the threads of a block are ordered: by a barrier of the block, by an operation
// of a whole warp, or by operations of some lanes of a warp (vector clocks within the warp).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gpst::emulator {

// Accesses of one kind to one place in memory that nothing has ordered yet.
struct AccessSet {
  uint32_t epoch = 0;      // of the warp when they happened; 0: none
  uint32_t lanes = 0;      // of the warp
  uint16_t clock = 0;      // of these lanes
  uint16_t elsewhere = 0;  // several_warps: a thread of another warp
  uint8_t warp = 0;
  bool several_warps = false;
  const void* code = nullptr;  // of the latest
};

class Ordering {
 public:
  void begin_block(int threads);
  void order_block();
  // Lanes of the warp that starts with thread `first` have been in one operation; `live`: all that
  // have not exited.
  void order_lanes(int first, uint32_t lanes, uint32_t live);

  // Whether all accesses of the set come before what this thread does now.
  bool is_before(const AccessSet& set, int thread) const;
  bool is_of_this_block(const AccessSet& set) const { return set.epoch >= block_begin_; }
  // A thread of the set that is not ordered before this one: the other side of a race.
  int culprit(const AccessSet& set, int thread) const;
  // Adds an access of this thread; drops those it follows.
  void add(AccessSet& set, int thread, const void* code) const;
  void replace(AccessSet& set, int thread, const void* code) const;
  // Epochs have grown so far that older ones must be forgotten before they start again.
  bool must_restart() const { return tick_ > 3000000000u; }
  void restart() { tick_ = 1; }

 private:
  struct Lane {
    uint16_t clock = 0;
    std::array<uint16_t, 32> seen{};  // clock of each lane of the warp up to which it is ordered
  };
  uint32_t tick_ = 1;
  uint32_t block_begin_ = 1;  // epoch in which the block began
  uint32_t block_epoch_ = 1;  // of the last barrier
  std::array<uint32_t, 32> warp_epoch_{};
  std::array<bool, 32> split_{};  // some lanes have been ordered, not all
  std::vector<Lane> lanes_;

  uint32_t unordered_lanes(const AccessSet& set, int thread) const;
};

// Of a set of this warp and its present epoch.
inline uint32_t Ordering::unordered_lanes(const AccessSet& set, int thread) const {
  uint32_t others = set.lanes & ~(1u << (thread % 32));
  if (!split_[static_cast<size_t>(thread / 32)]) return others;
  const Lane& own = lanes_[static_cast<size_t>(thread)];
  for (uint32_t left = others; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    if (own.seen[static_cast<size_t>(lane)] > set.clock) others &= ~(1u << lane);
  }
  return others;
}

inline bool Ordering::is_before(const AccessSet& set, int thread) const {
  if (set.epoch < block_epoch_) return true;
  if (set.several_warps || set.warp != thread / 32) return false;
  if (set.epoch < warp_epoch_[set.warp]) return true;
  return unordered_lanes(set, thread) == 0;
}

inline void Ordering::replace(AccessSet& set, int thread, const void* code) const {
  const auto warp = static_cast<size_t>(thread / 32);
  set.epoch = warp_epoch_[warp];
  set.lanes = 1u << (thread % 32);
  set.clock = lanes_[static_cast<size_t>(thread)].clock;
  set.warp = static_cast<uint8_t>(warp);
  set.several_warps = false;
  set.code = code;
}

inline void Ordering::add(AccessSet& set, int thread, const void* code) const {
  const auto warp = static_cast<size_t>(thread / 32);
  if (set.epoch < block_epoch_ ||
      (!set.several_warps && set.warp == warp && set.epoch < warp_epoch_[warp])) {
    replace(set, thread, code);
    return;
  }
  if (set.several_warps) return;
  if (set.warp != warp) {
    set.several_warps = true;
    set.elsewhere = static_cast<uint16_t>(thread);
    set.code = code;
    return;
  }
  // Lanes of one clock only: what others of another clock did is dropped, and a race with it
  // missed.
  const uint32_t others = unordered_lanes(set, thread);
  const uint16_t clock = lanes_[static_cast<size_t>(thread)].clock;
  const uint32_t kept = clock == set.clock ? others : 0;
  replace(set, thread, code);
  set.lanes |= kept;
}

}  // namespace gpst::emulator
