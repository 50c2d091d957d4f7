#include "cuda/emulator/device_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"

namespace gpst::emulator {
namespace {

constexpr size_t kReserved = size_t{16} << 30;  // of addresses; memory comes with the first touch
constexpr size_t kAlignment = 256, kRedZone = 4096;

struct Device {
  std::byte* memory = nullptr;
  std::byte* written = nullptr;          // a bit for each byte
  std::map<size_t, size_t> allocations;  // begin, bytes
  size_t next = kRedZone;
  size_t last_begin = 0, last_bytes = 0;  // allocation of the last access
};

Device the_device;

void* reserve(size_t bytes) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  return mapped;
}

void map_device(Device& d) {
  d.memory = static_cast<std::byte*>(reserve(kReserved));
  d.written = static_cast<std::byte*>(reserve(kReserved / 8 + 8));
  checked_ranges.device_begin = reinterpret_cast<uintptr_t>(d.memory);
  checked_ranges.device_bytes = kReserved;
}

// Up to 16 bytes from `offset`: their bits in the four bytes from here on.
struct Bits {
  std::byte* from;
  uint32_t mask;
};
Bits bits_of(const Device& d, size_t offset, size_t bytes) {
  return {d.written + offset / 8, ((1u << bytes) - 1) << offset % 8};
}

bool is_written(const Device& d, size_t offset, size_t bytes) {
  const Bits bits = bits_of(d, offset, bytes);
  uint32_t word;
  std::memcpy(&word, bits.from, sizeof word);
  return (word & bits.mask) == bits.mask;
}

void mark_written(const Device& d, size_t offset, size_t bytes) {
  const Bits bits = bits_of(d, offset, bytes);
  uint32_t word;
  std::memcpy(&word, bits.from, sizeof word);
  word |= bits.mask;
  std::memcpy(bits.from, &word, sizeof word);
}

// Allocations begin on whole bytes of bits and have room behind them.
void set_written(const Device& d, size_t offset, size_t bytes, bool written) {
  std::memset(d.written + offset / 8, written ? 0xFF : 0, (bytes + 7) / 8);
}

// The access in terms of the array it is in or, failing that, is nearest to.
Access described(const Device& d, size_t offset, size_t bytes, AccessKind kind, const void* code) {
  if (d.allocations.empty()) {
    return {kind, bytes, static_cast<int64_t>(offset), "device memory, all of which is free",
            0,    code};
  }
  auto array = d.allocations.upper_bound(offset);
  if (array != d.allocations.begin()) {
    const auto before = std::prev(array);
    const size_t end = before->first + before->second;
    const bool is_nearer =
        array == d.allocations.end() || offset < end || offset - end <= array->first - offset;
    if (is_nearer) array = before;
  }
  return {kind,
          bytes,
          static_cast<int64_t>(offset) - static_cast<int64_t>(array->first),
          "the device array",
          array->second,
          code};
}

[[noreturn]] void fail_access(const Device& d, FaultKind fault, size_t offset, size_t bytes,
                              AccessKind kind, const void* code) {
  fail(fault, [&] {
    const Access access = described(d, offset, bytes, kind, code);
    return fault == FaultKind::unwritten ? describe_unwritten(machine(), access)
                                         : describe_out_of_range(machine(), access);
  });
}

}  // namespace

void* allocate_device(size_t bytes) {
  if (bytes == 0) return nullptr;
  if constexpr (kAddressSanitizer) {
    void* block = nullptr;
    if (posix_memalign(&block, kAlignment, bytes) != 0) throw std::bad_alloc();
    return std::memset(block, 0xFF, bytes);
  }
  Device& d = the_device;
  if (d.memory == nullptr) map_device(d);
  if (bytes > kReserved - kRedZone - d.next) throw std::bad_alloc();
  const size_t begin = d.next;
  d.next = (begin + bytes + kRedZone + kAlignment - 1) / kAlignment * kAlignment;
  d.allocations[begin] = bytes;
  set_written(d, begin, bytes, false);
  return std::memset(d.memory + begin, 0xFF, bytes);
}

void free_device(void* memory) {
  if (memory == nullptr) return;
  if constexpr (kAddressSanitizer) {
    std::free(memory);
    return;
  }
  Device& d = the_device;
  const auto begin = static_cast<size_t>(static_cast<std::byte*>(memory) - d.memory);
  const size_t bytes = d.allocations.at(begin);
  d.allocations.erase(begin);
  d.last_bytes = 0;
  if (bytes >= (size_t{1} << 20)) {  // large: gives the pages back
    const size_t page = 4096;
    const size_t first = (begin + page - 1) / page * page, end = (begin + bytes) / page * page;
    madvise(d.memory + first, end - first, MADV_DONTNEED);
  }
  d.next = d.allocations.empty() ? kRedZone
                                 : (d.allocations.rbegin()->first + d.allocations.rbegin()->second +
                                    kRedZone + kAlignment - 1) /
                                       kAlignment * kAlignment;
}

void copy_to_device(void* target, const void* host, size_t bytes) {
  if (bytes == 0) return;
  std::memcpy(target, host, bytes);
  if constexpr (!kAddressSanitizer) {
    const Device& d = the_device;
    set_written(d, static_cast<size_t>(static_cast<std::byte*>(target) - d.memory), bytes, true);
  }
}

void copy_from_device(void* host, const void* source, size_t bytes) {
  if (bytes > 0) std::memcpy(host, source, bytes);
}

void check_device(uintptr_t address, size_t bytes, AccessKind kind, const void* code) {
  Device& d = the_device;
  const size_t offset = address - checked_ranges.device_begin;
  if (machine().current == nullptr) {
    note_host_access(kind, code);
    return;
  }
  if (offset - d.last_begin >= d.last_bytes || offset + bytes > d.last_begin + d.last_bytes) {
    const auto after = d.allocations.upper_bound(offset);
    if (after == d.allocations.begin()) {
      fail_access(d, FaultKind::out_of_range, offset, bytes, kind, code);
    }
    const auto found = std::prev(after);
    if (offset + bytes > found->first + found->second) {
      fail_access(d, FaultKind::out_of_range, offset, bytes, kind, code);
    }
    d.last_begin = found->first;
    d.last_bytes = found->second;
  }
  for (size_t done = 0; done < bytes; done += 16) {
    const size_t part = bytes - done < 16 ? bytes - done : 16;
    if (kind != AccessKind::write && !is_written(d, offset + done, part)) {
      fail_access(d, FaultKind::unwritten, offset, bytes, kind, code);
    }
    if (kind != AccessKind::read) mark_written(d, offset + done, part);
  }
}

}  // namespace gpst::emulator
