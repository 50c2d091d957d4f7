#pragma once

#include <exception>
#include <string>

namespace gpst {

// What an exception means to the person at the terminal and to the shell.
struct ErrorReport {
  std::string message;
  int exit_status = 1;
};

// Typed errors keep their code; lack of memory is 5, also when LibTorch reports it; file system
// errors of the standard library are 4; anything else is an internal error, 1.
ErrorReport report_of(const std::exception_ptr& error);

}  // namespace gpst
