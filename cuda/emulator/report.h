// The text of a fault: kernel, block, threads, places in the source.
#pragma once

#include <string>

#include "cuda/emulator/machine.h"

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
std::string describe_absent_source(const Machine& m, const Thread& thread, int source);

}  // namespace gpst::emulator
