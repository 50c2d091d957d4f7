// The state of the launch that runs. There is one: launches wait for each other.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cuda/emulator/access.h"
#include "cuda/emulator/block.h"
#include "cuda/emulator/fault.h"
#include "cuda/emulator/fiber.h"
#include "cuda/emulator/launch.h"
#include "cuda/emulator/options.h"
#include "cuda/emulator/warp.h"

namespace gpst::emulator {

inline constexpr int kLanes = 32;

enum class ThreadState : uint8_t { ready, at_barrier, in_warp_operation, exited };

struct Thread {
  Fiber fiber;
  ThreadState state = ThreadState::exited;
  int number = 0;  // x fastest
  cuda::uint3 index{};
  Place place;  // where it waits
  BarrierVote barrier = BarrierVote::none;
  bool vote = false;
  WarpRequest request;  // in_warp_operation
  uint64_t result = 0;  // of the barrier or warp operation it has left
};

// Lanes of a warp, bit by bit.
struct WarpLanes {
  uint32_t waiting = 0;  // in a warp operation
  uint32_t exited = 0;
};

struct Machine {
  const Kernel* kernel = nullptr;  // null: no launch runs
  LaunchShape shape;
  Options options;
  uint64_t launch = 0;  // number of the launch, from 1
  cuda::uint3 block{};
  std::vector<Thread> threads;  // of the block
  int thread_count = 0;
  std::array<WarpLanes, 32> warps{};
  std::vector<int> order;
  int live = 0;     // have not exited
  int waiting = 0;  // at the barrier
  Thread* current = nullptr;
  Fiber host;
  FiberStacks stacks;
};

extern Machine the_machine;
inline Machine& machine() { return the_machine; }

// Leaves the current thread until its state is ready again.
void park(Thread& thread);

// A thread has exited: those that wait for it.
void barrier_after_exit(Machine& m);
void warp_after_exit(Machine& m, const Thread& exited);

// Host code, a launcher's, has touched device memory: the next launch throws.
void note_host_access(AccessKind kind, const void* code);

// Ends the launch with this fault: from a thread, never to return to it. Nothing on the thread's
// stack is destroyed, so the text is made, stored and freed before.
void note_fault(FaultKind kind, const std::string& message);
[[noreturn]] void leave_launch();
template <class Describe>
[[noreturn]] void fail(FaultKind kind, const Describe& describe) {
  note_fault(kind, describe());
  leave_launch();
}

}  // namespace gpst::emulator
