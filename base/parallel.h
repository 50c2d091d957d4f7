// Work for all cores: one unit of work, for example one picture, on one thread at a time.
#pragma once

#include <cstdint>
#include <functional>

namespace gpst {

// Calls body(index, worker) once for every index in [0, count), worker in [0, threads). Indices are
// handed out in order, each to the next free worker; with threads <= 1 all runs on the calling
// thread. The first exception stops handing out and is thrown again after the running calls have
// ended; so does a SIGINT or SIGTERM (see interrupt.h), which throws Interrupted.
void parallel_for(std::int64_t count, int threads,
                  const std::function<void(std::int64_t index, int worker)>& body);

// Cores this process may use: its affinity mask, and the CPU quota of its control group.
int default_threads();

}  // namespace gpst
