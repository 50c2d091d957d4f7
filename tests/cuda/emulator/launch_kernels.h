// Kernels about grids, sizes of shared memory, and speed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpst::cuda {

struct Sizes {
  unsigned x = 1, y = 1, z = 1;
};

// out[number of the thread in the grid] = block number * 10000 + number of the thread in its block.
void run_indices(Sizes grid, Sizes block, int* out /* [all threads] */);
// Reverses `count` floats through dynamic shared memory, one block.
void run_reverse(const float* in /* [count] */, int count, float* out /* [count] */);
// out[t]: word t of dynamic shared memory as a block finds it.
void run_poison(size_t dynamic_bytes, unsigned* out /* [32] */);
// Takes parameters of several types and sizes.
struct Parameters {
  double scale;
  int count;
};
void run_parameters(Parameters parameters, const float* in /* [count] */, int64_t offset,
                    float* out /* [count] */);
// Throws from the kernel's thread 3.
void run_throw();
// The order in which the threads of four blocks came, by an atomic counter.
void run_arrival(int* counter /* [1], zero */, int* order /* [64] */);
// A launcher with a local static and an atomic, host code under the same compiler options: how
// often it has been called.
int count_calls();
// Every thread passes `barriers` barriers.
void run_barriers(int blocks, int threads, int barriers, int* out /* [blocks, threads] */);
// Every thread reads and writes shared memory `rounds` times.
void run_accesses(int rounds, float* out /* [64] */);

}  // namespace gpst::cuda
