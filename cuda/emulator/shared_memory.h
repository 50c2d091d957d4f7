// Shared memory of the block that runs: dynamic shared memory and every GPST_SHARED array, in one
// arena, with forbidden zones between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace gpst::emulator {

// One GPST_SHARED declaration; its address is the array's identity.
struct SharedDeclaration {
  const char* name;
  size_t bytes, alignment;
  uint64_t launch = 0;  // for which `memory` was set
  void* memory = nullptr;
};

void* shared_array(SharedDeclaration& declaration);
void* dynamic_shared();

}  // namespace gpst::emulator

#define GPST_SHARED(type, name, count)                                     \
  static_assert(std::is_trivially_destructible_v<type>);                   \
  static constinit ::gpst::emulator::SharedDeclaration name##_declaration{ \
      #name, sizeof(type) * (count), alignof(type)};                       \
  type(&name)[count] =                                                     \
      *static_cast<type(*)[count]>(::gpst::emulator::shared_array(name##_declaration))
#define GPST_DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::gpst::emulator::dynamic_shared())
