#include "cuda/emulator/report.h"
#include "cuda/emulator/source_line.h"

namespace gpst::emulator {
namespace {

const char* verb(AccessKind kind) {
  switch (kind) {
    case AccessKind::read:
      return "reads";
    case AccessKind::write:
      return "writes";
    case AccessKind::atomic:
      return "atomically changes";
  }
  return "";
}

// "kernel K, block (0, 0, 0), thread (3, 0, 0) reads 4 bytes at byte offset 256 of shared array A"
std::string access_text(const Machine& m, const Access& access) {
  return launch_text(m) + ", " + thread_text(*m.current) + " " + verb(access.kind) + " " +
         std::to_string(access.bytes) + " bytes at byte offset " + std::to_string(access.offset) +
         " of " + access.array;
}

}  // namespace

std::string describe_out_of_range(const Machine& m, const Access& access) {
  return access_text(m, access) + ", which has " + std::to_string(access.array_bytes) +
         " bytes: " + source_line(access.code);
}

std::string describe_unwritten(const Machine& m, const Access& access) {
  return access_text(m, access) + ", which nothing has written: " + source_line(access.code);
}

std::string describe_race(const Machine& m, const Access& access, const ShadowResult& race) {
  const Thread& other = m.threads[static_cast<size_t>(race.other_thread)];
  return access_text(m, access) + ", which " + thread_text(other) +
         (race.other_wrote ? " wrote" : " read") +
         " with no barrier between: " + source_line(access.code) +
         "; before: " + source_line(race.other_code);
}

std::string describe_host_access(AccessKind kind, const void* code) {
  return std::string("host code ") + verb(kind) + " memory of the device: " + source_line(code);
}

}  // namespace gpst::emulator
