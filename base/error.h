// Errors of the library and the exit codes they become. A message says what was expected, what was
// found, where, and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace gpst {

enum class ExitCode : int {
  ok = 0,
  internal = 1,
  usage = 2,
  input = 3,       // configuration or input that can be read but is wrong
  filesystem = 4,  // absent path, permission, full disk
  device = 5,      // device or memory
  diverged = 6,    // training diverged
  partial = 7,     // done, but some inputs were rejected
};

// The common base. `main` needs nothing else: what() for the user, exit_status() for the shell.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode exit_code() const { return code_; }
  // The number the process ends with; differs from exit_code() for a signal only.
  virtual int exit_status() const { return static_cast<int>(code_); }

 private:
  ExitCode code_;
};

// The command line itself is wrong.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

// A configuration value or key is wrong.
class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message) : Error(ExitCode::input, message) {}
};

// An input file can be read but its content is wrong.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(ExitCode::input, message) {}
};

// The file system refused: absent path, permission, full disk.
class IoError : public Error {
 public:
  explicit IoError(const std::string& message) : Error(ExitCode::filesystem, message) {}
};

// A device is absent, broken or out of memory.
class DeviceError : public Error {
 public:
  explicit DeviceError(const std::string& message) : Error(ExitCode::device, message) {}
};

// A loss or gradient stopped being finite.
class DivergedError : public Error {
 public:
  explicit DivergedError(const std::string& message) : Error(ExitCode::diverged, message) {}
};

// SIGINT or SIGTERM asked the program to stop; exit status 128 + signal number.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number)
      : Error(ExitCode::internal, "interrupted by signal " + std::to_string(signal_number)),
        signal_(signal_number) {}
  int signal_number() const { return signal_; }
  int exit_status() const override { return 128 + signal_; }

 private:
  int signal_;
};

}  // namespace gpst
