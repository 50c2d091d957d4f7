#include <ATen/Parallel.h>

#include <csignal>

#include "base/allocator.h"
#include "base/interrupt.h"
#include "cli/command_table.h"
#include "cli/program.h"
#include "nn/activation_arena.h"

int main(int argc, char** argv) {
  gpst::keep_freed_memory();
  gpst::install_activation_arena();
  // Worker threads take whole pictures; a kernel split over threads would change its last bits.
  at::set_num_threads(1);
  // A reader of stdout or stderr that goes away must not end a training.
  std::signal(SIGPIPE, SIG_IGN);
  gpst::install_interrupt_handlers();
  return gpst::run_program(gpst::command_table(), {argv + 1, argv + argc});
}
