#include "cuda/emulator/source_line.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace gpst::emulator {
namespace {

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  pclose(pipe);
  return output;
}

// Of a child process /proc/self/exe would be another.
std::string program_path() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length > 0 ? path.data() : "";
}

// Lines of addr2line -i, innermost first, joined; those of the standard library and of the
// emulator's own headers say nothing about the kernel.
std::string joined(const std::string& lines) {
  std::string places;
  int count = 0;
  for (size_t begin = 0; begin < lines.size() && count < 4;) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    std::string line = lines.substr(begin, end - begin);
    begin = end + 1;
    line = line.substr(0, line.find(" (discriminator"));
    if (line.find("??") != std::string::npos || line.find("/include/") != std::string::npos ||
        (line.find("/cuda/emulator/") != std::string::npos &&
         line.find("/tests/") == std::string::npos)) {
      continue;
    }
    places += (count++ == 0 ? "" : ", in ") + line;
  }
  return places;
}

}  // namespace

std::string source_line(const void* return_address) {
  std::array<char, 32> address{};
  Dl_info info{};
  // The call before the address that it returns to.
  const auto code = reinterpret_cast<uintptr_t>(return_address) - 1;
  if (dladdr(return_address, &info) == 0 || info.dli_fname == nullptr) {
    std::snprintf(address.data(), address.size(), "address 0x%zx", static_cast<size_t>(code));
    return address.data();
  }
  const uintptr_t offset = code - reinterpret_cast<uintptr_t>(info.dli_fbase);
  std::snprintf(address.data(), address.size(), "0x%zx", static_cast<size_t>(offset));
  // Of the program itself dladdr knows what it was started as, which may be no path.
  Dl_info own{};
  dladdr(reinterpret_cast<const void*>(&source_line), &own);
  const std::string file = info.dli_fbase == own.dli_fbase ? program_path() : info.dli_fname;
  const std::string places =
      joined(output_of("addr2line -i -e '" + file + "' " + address.data() + " 2>/dev/null"));
  return places.empty() ? std::string("code at ") + address.data() + " of " + file : places;
}

}  // namespace gpst::emulator
