// Kernels that wait, rightly and wrongly.
#pragma once

namespace gpst::cuda {

void run_divergent_barrier(bool planted, int* out /* [64] */);
// Thread 0 exits before the barrier of the others.
void run_early_exit(int* out /* [64] */);
// A warp waits for its lane 5, which waits for the block.
void run_deadlock(bool planted, int* out /* [32] */);
void run_votes(const int* votes /* [96] */, int* out /* [96, 3]: count, and, or */);

}  // namespace gpst::cuda
