// SIGINT and SIGTERM ask the program to stop where it can save its state; a second signal ends it
// at once with status 128 + signal number.
#pragma once

namespace gpst {

// To be called by the first thread.
void install_interrupt_handlers();
bool interrupt_requested();
// Throws Interrupted once a signal has come.
void throw_if_interrupted();
// Forgets the signal: for tests, and for programs that embed the library and carry on.
void clear_interrupt();

}  // namespace gpst
