// The summaries of shadow and ordering against all accesses kept, with vector clocks of all
// threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <vector>

#include "cuda/emulator/ordering.h"
#include "cuda/emulator/shadow.h"

namespace gpst::emulator {
namespace {

constexpr int kThreads = 96;
constexpr size_t kBytes = 16;

using Clocks = std::array<int, kThreads>;

struct PastAccess {
  int thread, time;  // time: of that thread
  AccessKind kind;
  size_t offset, bytes;
};

// Every access of the block and what every thread knows of the others.
class Reference {
 public:
  Reference() : known_(kThreads) {
    for (int t = 0; t < kThreads; ++t) known_[static_cast<size_t>(t)][static_cast<size_t>(t)] = 1;
  }
  void order(const std::vector<int>& threads) {
    Clocks joined{};
    for (const int t : threads) {
      const Clocks& own = known_[static_cast<size_t>(t)];
      for (size_t i = 0; i < kThreads; ++i) joined[i] = std::max(joined[i], own[i]);
    }
    for (const int t : threads) {
      known_[static_cast<size_t>(t)] = joined;
      ++known_[static_cast<size_t>(t)][static_cast<size_t>(t)];
    }
  }
  // none, or what an access makes; an unwritten byte outweighs a race.
  ShadowFinding access(int thread, AccessKind kind, size_t offset, size_t bytes) {
    bool races = false;
    std::vector<bool> written(bytes);
    for (const PastAccess& past : past_) {
      const size_t begin = std::max(past.offset, offset);
      const size_t end = std::min(past.offset + past.bytes, offset + bytes);
      if (begin >= end) continue;
      if (past.kind != AccessKind::read) {
        for (size_t i = begin; i < end; ++i) written[i - offset] = true;
      }
      const bool ordered =
          past.thread == thread ||
          known_[static_cast<size_t>(thread)][static_cast<size_t>(past.thread)] >= past.time;
      const bool both_read = past.kind == AccessKind::read && kind == AccessKind::read;
      const bool both_atomic = past.kind == AccessKind::atomic && kind == AccessKind::atomic;
      races = races || (!ordered && !both_read && !both_atomic);
    }
    if (kind != AccessKind::write && std::count(written.begin(), written.end(), false) > 0) {
      return ShadowFinding::unwritten;
    }
    if (races) return ShadowFinding::race;
    const auto t = static_cast<size_t>(thread);
    past_.push_back({thread, known_[t][t], kind, offset, bytes});
    return ShadowFinding::none;
  }

 private:
  std::vector<Clocks> known_;
  std::vector<PastAccess> past_;
};

struct Tally {
  int races = 0, unwritten = 0, missed = 0, accesses = 0;
};

// One block of random accesses and orderings, up to the first finding.
void run_block(std::mt19937& random, Ordering& ordering, Shadow& shadow, bool some_lanes,
               Tally& tally) {
  Reference reference;
  ordering.begin_block(kThreads);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const int active = 1 + pick(4);  // few threads meet more often
  std::vector<int> all(kThreads);
  std::iota(all.begin(), all.end(), 0);
  if (pick(4) > 0) {  // most blocks begin with everything written
    reference.access(0, AccessKind::write, 0, kBytes);
    shadow.access(ordering, 0, 0, kBytes, AccessKind::write, nullptr);
    reference.order(all);
    ordering.order_block();
  }
  for (int step = 0; step < 60; ++step) {
    const int what = pick(some_lanes ? 10 : 8);
    std::vector<int> ordered;
    if (what == 0) {
      ordered = all;
      ordering.order_block();
    } else if (what <= 2 || what >= 8) {
      const int warp = pick(3) * 32;
      const uint32_t lanes = what <= 2 ? 0xFFFFFFFFu : static_cast<uint32_t>(random() | random());
      for (int i = 0; i < 32; ++i) {
        if ((lanes >> i & 1u) != 0) ordered.push_back(warp + i);
      }
      ordering.order_lanes(warp, lanes, 0xFFFFFFFFu);
    } else {
      const int thread = pick(3) * 32 + pick(active);
      const int size = 1 << pick(4);
      const auto offset = static_cast<size_t>(pick(16 / size) * size);
      const auto kind = what < 5    ? AccessKind::read
                        : what == 7 ? AccessKind::atomic
                                    : AccessKind::write;
      const auto bytes = static_cast<size_t>(size);
      const ShadowFinding expected = reference.access(thread, kind, offset, bytes);
      const ShadowFinding found =
          shadow.access(ordering, thread, offset, bytes, kind, nullptr).finding;
      ++tally.accesses;
      const bool any = expected != ShadowFinding::none;
      const bool told = found != ShadowFinding::none;
      ASSERT_TRUE(any || !told) << "a race that is none, step " << step;
      ASSERT_TRUE(some_lanes || told == any) << "a race not found, step " << step;
      if (any && !told) ++tally.missed;
      if (expected == ShadowFinding::race) ++tally.races;
      if (expected == ShadowFinding::unwritten) ++tally.unwritten;
      if (any) return;
    }
    if (!ordered.empty()) reference.order(ordered);
  }
}

Tally run_blocks(bool some_lanes) {
  std::mt19937 random(some_lanes ? 1 : 2);
  Ordering ordering;
  Shadow shadow;
  shadow.resize(kBytes, 4);
  Tally tally;
  for (int block = 0; block < 4000; ++block) {
    run_block(random, ordering, shadow, some_lanes, tally);
    if (testing::Test::HasFatalFailure()) break;
  }
  EXPECT_GT(tally.races, 500);
  EXPECT_GT(tally.unwritten, 200);
  EXPECT_GT(tally.accesses, 8000);
  return tally;
}

TEST(EmulatorOrdering, WithBarriersAndWholeWarpsFindsExactlyTheRacesThereAre) {
  EXPECT_EQ(run_blocks(false).missed, 0);
}

// Readers of different clocks in a warp are not all kept: a race may be missed, none is invented.
TEST(EmulatorOrdering, WithSomeLanesInventsNoRace) {
  const Tally tally = run_blocks(true);
  EXPECT_LT(tally.missed, tally.races / 20);
}

}  // namespace
}  // namespace gpst::emulator
