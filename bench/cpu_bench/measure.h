// One row of cpu_bench, measured.
#pragma once

#include "bench/cpu_bench/product_meter.h"
#include "bench/cpu_bench/row.h"

namespace gpst::bench {

struct Measured {
  double seconds = 0;      // fastest run of all copies
  double cpu_seconds = 0;  // of the whole process, in the run that took least of it
  Products products;       // of a run of all copies
  double peak_mib = 0;
};

// Runs once to get memory and kernels ready, once to count, then again for `at_least` seconds.
// The peak is of this row where the system lets us count anew, else of all rows so far.
Measured measure(const Row& row, double at_least);

}  // namespace gpst::bench
