#include "base/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/error.h"

namespace gpst {
namespace {

// A signal handler can reach nothing but a static object.
std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "must be safe in a signal handler");

void on_signal(int number) {
  if (received_signal.exchange(number) != 0) _exit(128 + number);
}

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
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
