// Operations of a warp: the last lane to arrive works out the results of all.
#include "cuda/emulator/warp.h"

#include <algorithm>
#include <array>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"
#include "cuda/emulator/shared_arena.h"

namespace gpst::emulator {
namespace {

struct Warp {
  Thread* first;
  WarpLanes& lanes;
  unsigned present;  // that the block has: not all in a partial warp
};

Warp warp_of(Machine& m, const Thread& thread) {
  const int first = thread.number / kLanes * kLanes;
  const int lanes = std::min(kLanes, m.thread_count - first);
  return {&m.threads[static_cast<size_t>(first)], m.warps[static_cast<size_t>(first / kLanes)],
          lanes == kLanes ? 0xFFFFFFFFu : (1u << lanes) - 1};
}

template <class Function>
void for_lanes(unsigned mask, const Function& function) {
  for (unsigned left = mask; left != 0; left &= left - 1) function(std::countr_zero(left));
}

// Lanes of the mask that the block does not have take no part; lanes that exited should have. Of
// lanes that wait, those that name each other have been found to agree: one stands for all.
void check_lanes(Machine& m, const Warp& warp, const WarpRequest& request, const Place& place) {
  const int self = m.current->number % kLanes;
  if ((request.mask >> self & 1u) == 0) {
    fail(FaultKind::warp, [&] { return describe_mask_without_self(m, request, place); });
  }
  if (const unsigned exited = request.mask & warp.lanes.exited; exited != 0) {
    const Thread& other = warp.first[std::countr_zero(exited)];
    fail(FaultKind::warp,
         [&] { return describe_exited_lane(m, *m.current, request, place, other); });
  }
  if (const unsigned waiting = request.mask & warp.lanes.waiting; waiting != 0) {
    const Thread& other = warp.first[std::countr_zero(waiting)];
    if (other.request.mask != request.mask || other.request.operation != request.operation) {
      fail(FaultKind::warp, [&] { return describe_disagreement(m, request, place, other); });
    }
  }
}

int source_lane(const WarpRequest& request, int lane) {
  const int width = request.width;
  const int segment = lane / width * width;
  switch (request.operation) {
    case WarpOperation::shuffle:
      return segment + (request.operand & (width - 1));
    case WarpOperation::shuffle_up: {
      const int source = lane - request.operand;
      return source < segment ? lane : source;
    }
    case WarpOperation::shuffle_down: {
      const int source = lane + request.operand;
      return source >= segment + width ? lane : source;
    }
    default: {  // shuffle_xor
      const int source = lane ^ request.operand;
      return source >= segment + width ? lane : source;
    }
  }
}

uint64_t reduced(WarpOperation operation, uint64_t a, uint64_t b) {
  const auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  const auto signed_x = static_cast<int32_t>(x), signed_y = static_cast<int32_t>(y);
  switch (operation) {
    case WarpOperation::add:
      return x + y;
    case WarpOperation::min:
      return static_cast<uint32_t>(std::min(signed_x, signed_y));
    case WarpOperation::max:
      return static_cast<uint32_t>(std::max(signed_x, signed_y));
    case WarpOperation::unsigned_min:
      return std::min(x, y);
    case WarpOperation::unsigned_max:
      return std::max(x, y);
    case WarpOperation::bit_and:
      return x & y;
    case WarpOperation::bit_or:
      return x | y;
    default:
      return x ^ y;
  }
}

bool is_shuffle(WarpOperation operation) {
  return operation >= WarpOperation::shuffle && operation <= WarpOperation::shuffle_xor;
}

void finish_shuffle(Machine& m, const Warp& warp, unsigned lanes) {
  std::array<uint64_t, kLanes> values{};
  for_lanes(lanes, [&](int lane) { values[lane] = warp.first[lane].request.value; });
  for_lanes(lanes, [&](int lane) {
    Thread& thread = warp.first[lane];
    const int source = source_lane(thread.request, lane);
    if (source < 0 || source >= kLanes || (lanes >> source & 1u) == 0) {
      fail(FaultKind::warp, [&] { return describe_absent_source(m, thread, source); });
    }
    thread.result = values[source];
  });
}

void finish(Machine& m, const Warp& warp, unsigned lanes, WarpOperation operation) {
  if (is_shuffle(operation)) {
    finish_shuffle(m, warp, lanes);
  } else if (operation == WarpOperation::match_any) {
    for_lanes(lanes, [&](int lane) {
      unsigned equal = 0;
      for_lanes(lanes, [&](int other) {
        if (warp.first[other].request.value == warp.first[lane].request.value) equal |= 1u << other;
      });
      warp.first[lane].result = equal;
    });
  } else {
    unsigned votes = 0;
    uint64_t total = warp.first[std::countr_zero(lanes)].request.value;
    for_lanes(lanes, [&](int lane) {
      if (warp.first[lane].request.value != 0) votes |= 1u << lane;
    });
    for_lanes(lanes & (lanes - 1),
              [&](int lane) { total = reduced(operation, total, warp.first[lane].request.value); });
    if (operation == WarpOperation::ballot) total = votes;
    if (operation == WarpOperation::any) total = votes != 0 ? 1 : 0;
    if (operation == WarpOperation::all) total = votes == lanes ? 1 : 0;
    for_lanes(lanes, [&](int lane) { warp.first[lane].result = total; });
  }
  for_lanes(lanes, [&](int lane) { warp.first[lane].state = ThreadState::ready; });
  warp.lanes.waiting &= ~lanes;
  order_lanes(warp.first->number, lanes, warp.present & ~warp.lanes.exited);
}

}  // namespace

uint64_t warp_operation(const WarpRequest& request, const Place& place) {
  Machine& m = machine();
  Thread& self = *m.current;
  const Warp warp = warp_of(m, self);
  check_lanes(m, warp, request, place);
  self.state = ThreadState::in_warp_operation;
  self.place = place;
  self.request = request;
  const unsigned lanes = request.mask & warp.present;
  warp.lanes.waiting |= 1u << self.number % kLanes;
  if ((lanes & ~warp.lanes.waiting) == 0) finish(m, warp, lanes, request.operation);
  park(self);
  return self.result;
}

void warp_after_exit(Machine& m, const Thread& exited) {
  const Warp warp = warp_of(m, exited);
  for_lanes(warp.lanes.waiting, [&](int lane) {
    const Thread& thread = warp.first[lane];
    if ((thread.request.mask >> exited.number % kLanes & 1u) != 0) {
      fail(FaultKind::warp,
           [&] { return describe_exited_lane(m, thread, thread.request, thread.place, exited); });
    }
  });
}

}  // namespace gpst::emulator
