#include "base/interrupt.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>

#include "base/error.h"

namespace gpst {
namespace {

// A signal handler can reach nothing but a static object.
std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "must be safe in a signal handler");

void on_signal(int number) {
  if (received_signal.exchange(number) != 0) _exit(128 + number);
}

// oneDNN's matrix kernels let the stack pointer point into a buffer of the heap: a signal that came
// then would write its frame, 12 KiB with the registers of AMX, over whatever lies below. The
// kernel of the system gives the program's signals to its first thread, so that one needs another
// stack.
void use_own_stack() {
  alignas(64) static std::array<std::byte, std::size_t{1} << 16> memory;
  const stack_t stack = {.ss_sp = memory.data(), .ss_flags = 0, .ss_size = memory.size()};
  sigaltstack(&stack, nullptr);
}

}  // namespace

void install_interrupt_handlers() {
  use_own_stack();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupt_requested() { return received_signal.load() != 0; }

void throw_if_interrupted() {
  const int number = received_signal.load();
  if (number != 0) throw Interrupted(number);
}

void clear_interrupt() { received_signal.store(0); }

}  // namespace gpst
