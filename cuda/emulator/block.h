// Where a thread stands, and the barriers of its block. A barrier is known by its place in the
// source: the compiler may make several calls of one.
#pragma once

#include <source_location>

#include "cuda/emulator/vector_types.h"

namespace gpst::emulator {

using Place = std::source_location;

enum class BarrierVote { none, count, all, any };
// Returns what the votes of the block's threads come to.
int block_barrier(BarrierVote kind, bool vote, const Place& place);

}  // namespace gpst::emulator

namespace gpst::cuda {

// Of the thread that runs; set at every change of fiber.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

inline void __syncthreads(emulator::Place place = emulator::Place::current()) {
  emulator::block_barrier(emulator::BarrierVote::none, false, place);
}
inline int __syncthreads_count(int vote, emulator::Place place = emulator::Place::current()) {
  return emulator::block_barrier(emulator::BarrierVote::count, vote != 0, place);
}
inline int __syncthreads_and(int vote, emulator::Place place = emulator::Place::current()) {
  return emulator::block_barrier(emulator::BarrierVote::all, vote != 0, place);
}
inline int __syncthreads_or(int vote, emulator::Place place = emulator::Place::current()) {
  return emulator::block_barrier(emulator::BarrierVote::any, vote != 0, place);
}
// Memory is written in the order of the source here.
inline void __threadfence() {}
inline void __threadfence_block() {}

}  // namespace gpst::cuda
