// The calls that g++ -fsanitize=alignment,bounds,integer-divide-by-zero,float-cast-overflow puts
// where a kernel may do what the language leaves undefined. libubsan is not linked: they come here.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"

namespace gpst::emulator {
namespace {

// What the compiler passes.
struct SourcePlace {
  const char* file;
  uint32_t line, column;
};
struct TypeName {
  uint16_t kind, info;
  char name[1];
};
struct MismatchData {
  SourcePlace place;
  const TypeName* type;
  unsigned char log_alignment, kind;
};
struct BoundsData {
  SourcePlace place;
  const TypeName *array, *index;
};
struct CastData {
  SourcePlace place;
  const TypeName *from, *to;
};
struct DivisionData {
  SourcePlace place;
  const TypeName* type;
};

// In host code, a launcher's, there is no launch that could end: it goes on as if unchecked.
template <class Describe>
void fail_at(FaultKind kind, const SourcePlace& place, const Describe& describe) {
  const Machine& m = machine();
  if (m.current == nullptr) return;
  fail(kind, [&] {
    return launch_text(m) + ", " + thread_text(*m.current) + ": " + describe() + ": " + place.file +
           ":" + std::to_string(place.line);
  });
}

}  // namespace
}  // namespace gpst::emulator

using namespace gpst::emulator;

extern "C" {

void __ubsan_handle_type_mismatch_v1(MismatchData* data, uintptr_t address) {
  fail_at(FaultKind::misaligned, data->place, [&] {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "0x%zx", static_cast<size_t>(address));
    return "accesses " + std::string(data->type->name) + " at the address " + text.data() +
           ", which is no multiple of " + std::to_string(uintptr_t{1} << data->log_alignment);
  });
}

void __ubsan_handle_out_of_bounds(BoundsData* data, uintptr_t index) {
  fail_at(FaultKind::out_of_range, data->place, [&] {
    return "index " + std::to_string(static_cast<int64_t>(index)) + " is beyond " +
           data->array->name;
  });
}

// A GPU saturates and makes 0 of NaN, a CPU does not: it would not be the same result.
void __ubsan_handle_float_cast_overflow(CastData* data, uintptr_t) {
  fail_at(FaultKind::undefined, data->place, [&] {
    return "converts a " + std::string(data->from->name) + " that does not fit to " +
           data->to->name;
  });
}

void __ubsan_handle_divrem_overflow(DivisionData* data, uintptr_t, uintptr_t) {
  fail_at(FaultKind::undefined, data->place, [&] {
    return "divides by zero, or the smallest " + std::string(data->type->name) + " by -1";
  });
}

}  // extern "C"
