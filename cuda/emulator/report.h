// The text of a fault: kernel, block, threads, places in the source.
#pragma once

#include <string>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/shadow.h"

namespace gpst::emulator {

std::string text_of(const Place& place);
std::string text_of(const cuda::uint3& index);
// "kernel NAME, block (x, y, z)"
std::string launch_text(const Machine& m);
// "thread (x, y, z)"
std::string thread_text(const Thread& thread);

std::string describe_divergence(const Machine& m, const Place& here, const Thread& other);
std::string describe_exit_at_barrier(const Machine& m, const Place& barrier);
std::string describe_deadlock(const Machine& m);
std::string describe_mask_without_self(const Machine& m, const WarpRequest& request,
                                       const Place& place);
std::string describe_exited_lane(const Machine& m, const Thread& waiting,
                                 const WarpRequest& request, const Place& place,
                                 const Thread& exited);
std::string describe_disagreement(const Machine& m, const WarpRequest& request, const Place& place,
                                  const Thread& other);

// An access of the current thread to an array.
struct Access {
  AccessKind kind;
  size_t bytes;
  int64_t offset;     // of its first byte in the array
  std::string array;  // "shared array NAME", "the device array"
  size_t array_bytes;
  const void* code;
};
std::string describe_out_of_range(const Machine& m, const Access& access);
std::string describe_unwritten(const Machine& m, const Access& access);
std::string describe_race(const Machine& m, const Access& access, const ShadowResult& race);
std::string describe_host_access(AccessKind kind, const void* code);
std::string describe_absent_source(const Machine& m, const Thread& thread, int source);

}  // namespace gpst::emulator
