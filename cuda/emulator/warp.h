// Operations of the lanes of a warp that a mask names. All of them must arrive with the same
// operation and mask.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "cuda/emulator/block.h"

namespace gpst::emulator {

enum class WarpOperation : uint8_t {
  sync,
  shuffle,
  shuffle_up,
  shuffle_down,
  shuffle_xor,
  ballot,
  any,
  all,
  add,
  min,
  max,
  unsigned_min,
  unsigned_max,
  bit_and,
  bit_or,
  bit_xor,
  match_any,
};

struct WarpRequest {
  WarpOperation operation = WarpOperation::sync;
  unsigned mask = 0;
  uint64_t value = 0;
  int operand = 0;  // lane, delta or lane mask of a shuffle
  int width = 32;
};

uint64_t warp_operation(const WarpRequest& request, const Place& place);

template <class T>
T shuffle(WarpOperation operation, unsigned mask, T value, int operand, int width,
          const Place& place) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) >= 4 && sizeof(T) <= 8,
                "a shuffle takes numbers of 4 or 8 bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = warp_operation({operation, mask, bits, operand, width}, place);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace gpst::emulator

namespace gpst::cuda {

template <class T>
T __shfl_sync(unsigned mask, T value, int lane, int width = 32,
              emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle(emulator::WarpOperation::shuffle, mask, value, lane, width, place);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle(emulator::WarpOperation::shuffle_up, mask, value,
                           static_cast<int>(delta), width, place);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle(emulator::WarpOperation::shuffle_down, mask, value,
                           static_cast<int>(delta), width, place);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32,
                  emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle(emulator::WarpOperation::shuffle_xor, mask, value, lane_mask, width,
                           place);
}

#define GPST_WARP_VOTE(name, result, operation)                                                \
  inline result name(unsigned mask, int vote,                                                  \
                     emulator::Place place = emulator::Place::current()) {                     \
    return static_cast<result>(emulator::warp_operation(                                       \
        {emulator::WarpOperation::operation, mask, static_cast<uint64_t>(vote != 0)}, place)); \
  }
GPST_WARP_VOTE(__ballot_sync, unsigned, ballot)
GPST_WARP_VOTE(__any_sync, int, any)
GPST_WARP_VOTE(__all_sync, int, all)
#undef GPST_WARP_VOTE

#define GPST_WARP_REDUCE(name, type, operation)                                         \
  inline type name(unsigned mask, type value,                                           \
                   emulator::Place place = emulator::Place::current()) {                \
    return static_cast<type>(                                                           \
        emulator::warp_operation({emulator::WarpOperation::operation, mask,             \
                                  static_cast<uint64_t>(static_cast<unsigned>(value))}, \
                                 place));                                               \
  }
GPST_WARP_REDUCE(__reduce_add_sync, int, add)
GPST_WARP_REDUCE(__reduce_add_sync, unsigned, add)
GPST_WARP_REDUCE(__reduce_min_sync, int, min)
GPST_WARP_REDUCE(__reduce_min_sync, unsigned, unsigned_min)
GPST_WARP_REDUCE(__reduce_max_sync, int, max)
GPST_WARP_REDUCE(__reduce_max_sync, unsigned, unsigned_max)
GPST_WARP_REDUCE(__reduce_and_sync, unsigned, bit_and)
GPST_WARP_REDUCE(__reduce_or_sync, unsigned, bit_or)
GPST_WARP_REDUCE(__reduce_xor_sync, unsigned, bit_xor)
GPST_WARP_REDUCE(__match_any_sync, unsigned, match_any)
GPST_WARP_REDUCE(__match_any_sync, int, match_any)
#undef GPST_WARP_REDUCE

inline void __syncwarp(unsigned mask = 0xFFFFFFFFu,
                       emulator::Place place = emulator::Place::current()) {
  emulator::warp_operation({emulator::WarpOperation::sync, mask}, place);
}

}  // namespace gpst::cuda
