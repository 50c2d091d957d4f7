// What the emulator throws out of launch() when a kernel does what a GPU would not forgive, or not
// on every day. The message names kernel, block, threads and places in the source.
#pragma once

#include <stdexcept>
#include <string>

namespace gpst::emulator {

enum class FaultKind {
  barrier,       // threads wait at different barriers, or some have exited (options.h, strict)
  warp,          // lanes disagree, have exited, or a shuffle reads a lane that does not take part
  deadlock,      // nobody can go on
  out_of_range,  // of a shared or device array
  unwritten,     // read before anything wrote it
  race,          // two threads, no barrier between, one of them writes
  misaligned,    // a vector access at an address that is no multiple of its size
  resources,     // more shared memory than a device has
  undefined,     // an index beyond an array in registers, a division by zero
};

class Fault : public std::runtime_error {
 public:
  Fault(FaultKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  FaultKind kind() const { return kind_; }

 private:
  FaultKind kind_;
};

}  // namespace gpst::emulator
