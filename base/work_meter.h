// What a piece of work takes of the machine, for reports.
#pragma once

#include <chrono>
#include <cstdint>

namespace gpst {

struct WorkCost {
  double seconds = 0;
  // CPU time of the process over workers * seconds: what is missing to 1 the workers waited, for
  // the disk, for each other, or for a core that another program had. Threads that write beside the
  // workers can bring it above 1.
  double cpu_share = 0;
  std::int64_t peak_memory_bytes = 0;  // of the process so far
};

// Measures from its construction.
class WorkMeter {
 public:
  WorkMeter();
  WorkCost cost(int workers) const;

 private:
  std::chrono::steady_clock::time_point start_;
  double cpu_seconds_;
};

}  // namespace gpst
