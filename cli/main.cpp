#include <ATen/Parallel.h>
#include <malloc.h>

#include <csignal>

#include "base/interrupt.h"
#include "cli/command_table.h"
#include "cli/program.h"

namespace {

// Buffers of networks are large and short-lived. Keeping freed memory instead of giving it back to
// the system saves the page faults that otherwise bound norms and activations.
void keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2047 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  // Worker threads take whole pictures; a kernel split over threads would change its last bits.
  at::set_num_threads(1);
  // A reader of stdout or stderr that goes away must not end a training.
  std::signal(SIGPIPE, SIG_IGN);
  gpst::install_interrupt_handlers();
  return gpst::run_program(gpst::command_table(), {argv + 1, argv + argc});
}
