// Where in the source a machine instruction comes from.
#pragma once

#include <string>

namespace gpst::emulator {

// "file:line", for inlined code "file:line, in file:line, ..."; from addr2line, where that is
// installed and the code has debug information; else an address. Slow: for reports only.
std::string source_line(const void* return_address);

}  // namespace gpst::emulator
