// What machine and program this is.
#pragma once

#include <cstdint>
#include <string>

namespace gpst {

// Instruction sets that both the processor and the operating system offer; all false off x86-64.
struct CpuFeatures {
  bool avx2 = false;
  bool fma = false;
  bool avx512f = false;
  bool avx512_bf16 = false;
  bool amx_bf16 = false;
};

CpuFeatures cpu_features();
// Whether products in bfloat16 are faster than in float32 here: avx512_bf16 or amx_bf16.
bool cpu_has_bf16();
std::string cpu_name();  // "unknown CPU" when the system does not say
// Largest resident set of this process so far.
std::int64_t peak_memory_bytes();
// Counts it anew from here on, where the system lets us.
void forget_peak_memory();
// What can still be allocated: of the machine, or of the control group if that is less; 0 when the
// system does not say.
std::int64_t available_memory_bytes();
std::string iso_time_now();  // UTC, "2025-01-31T12:00:00Z"
std::string code_version();  // "0.1.0"

}  // namespace gpst
