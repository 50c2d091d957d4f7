// __syncthreads and its voting forms.
#include "cuda/emulator/block.h"
#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"
#include "cuda/emulator/shared_arena.h"

namespace gpst::emulator {
namespace {

bool same_place(const Place& a, const Place& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         (a.file_name() == b.file_name() || std::string(a.file_name()) == b.file_name());
}

void release(Machine& m) {
  int votes = 0;
  for (int i = 0; i < m.thread_count; ++i) {
    const Thread& thread = m.threads[static_cast<size_t>(i)];
    if (thread.state == ThreadState::at_barrier && thread.vote) ++votes;
  }
  for (int i = 0; i < m.thread_count; ++i) {
    Thread& thread = m.threads[static_cast<size_t>(i)];
    if (thread.state != ThreadState::at_barrier) continue;
    thread.state = ThreadState::ready;
    switch (thread.barrier) {
      case BarrierVote::none:
        break;
      case BarrierVote::count:
        thread.result = static_cast<uint64_t>(votes);
        break;
      case BarrierVote::all:
        thread.result = votes == m.waiting ? 1 : 0;
        break;
      case BarrierVote::any:
        thread.result = votes > 0 ? 1 : 0;
        break;
    }
  }
  m.waiting = 0;
  order_block();
}

const Thread* any_waiting(const Machine& m) {
  for (int i = 0; i < m.thread_count; ++i) {
    const Thread& thread = m.threads[static_cast<size_t>(i)];
    if (thread.state == ThreadState::at_barrier) return &thread;
  }
  return nullptr;
}

void check_exits(const Machine& m, const Place& place) {
  if (m.options.strict_exits && m.live < m.thread_count) {
    fail(FaultKind::barrier, [&] { return describe_exit_at_barrier(m, place); });
  }
}

}  // namespace

int block_barrier(BarrierVote kind, bool vote, const Place& place) {
  Machine& m = machine();
  Thread& self = *m.current;
  if (m.waiting > 0) {
    const Thread* other = any_waiting(m);
    if (!same_place(other->place, place)) {
      fail(FaultKind::barrier, [&] { return describe_divergence(m, place, *other); });
    }
  }
  check_exits(m, place);
  self.state = ThreadState::at_barrier;
  self.place = place;
  self.barrier = kind;
  self.vote = vote;
  self.result = 0;
  if (++m.waiting == m.live) release(m);
  park(self);
  return static_cast<int>(self.result);
}

void barrier_after_exit(Machine& m) {
  if (m.waiting == 0) return;
  check_exits(m, any_waiting(m)->place);
  if (m.waiting == m.live) release(m);
}

}  // namespace gpst::emulator
