#include "nn/activation_arena.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <span>
#include <unordered_map>

#include "base/allocator.h"

namespace gpst {
namespace {

constexpr std::size_t kSmallest = std::size_t{1} << 16;  // of a buffer in the arena
constexpr std::size_t kLargest = std::size_t{1} << 30;   // so that what no machine has is refused
constexpr std::size_t kReserved = std::size_t{1} << 40;  // addresses, not memory
constexpr std::size_t kKeptFree = std::size_t{2} << 30;
constexpr std::size_t kLine = 64;
// Keeps buffers of whole pages from starting at the same place of a page: reading several of them
// side by side would fall on few sets of the cache.
constexpr std::size_t kStagger = 5 * kLine;

std::size_t rounded(std::size_t size) { return (size + kLine - 1) / kLine * kLine + kStagger; }

class Arena final : public c10::Allocator {
 public:
  explicit Arena(std::byte* start) : start_(start) { free_.emplace(0, kReserved); }

  c10::DataPtr allocate(std::size_t size) override {
    const bool is_ours = size >= kSmallest && size <= kLargest;
    std::byte* const data = is_ours ? take(rounded(size)) : nullptr;
    void* const place = data != nullptr ? data : c10::alloc_cpu(size);
    return {place, place, raw_deleter(), c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override;

  void copy_data(void* to, const void* from, std::size_t size) const override {
    std::memcpy(to, from, size);
  }

  void give_back(void* data) {
    const auto* const place = static_cast<std::byte*>(data);
    if (place >= start_ && place < start_ + kReserved) {
      put(static_cast<std::size_t>(place - start_));
    } else {
      c10::free_cpu(data);
    }
  }

 private:
  std::byte* take(std::size_t size);
  void put(std::size_t offset);
  void trim();

  std::byte* const start_;
  std::mutex mutex_;
  std::map<std::size_t, std::size_t> free_;            // offset -> size, no two side by side
  std::unordered_map<std::size_t, std::size_t> used_;  // offset -> size
  std::size_t end_ = 0;                                // of what may have pages
};

Arena* installed = nullptr;

c10::DeleterFnPtr Arena::raw_deleter() const {
  return [](void* data) { installed->give_back(data); };
}

// None: the addresses are used up.
std::byte* Arena::take(std::size_t size) {
  const std::lock_guard lock(mutex_);
  for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
    const auto [offset, space] = *hole;
    if (space < size) continue;
    free_.erase(hole);
    if (space > size) free_.emplace(offset + size, space - size);
    used_.emplace(offset, size);
    end_ = std::max(end_, offset + size);
    return start_ + offset;
  }
  return nullptr;
}

void Arena::put(std::size_t offset) {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(offset);
  std::size_t size = used->second;
  used_.erase(used);
  auto next = free_.lower_bound(offset);
  if (next != free_.end() && next->first == offset + size) {
    size += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      offset = before->first;
      size += before->second;
      free_.erase(before);
    }
  }
  free_.emplace_hint(next, offset, size);
  trim();
}

// The last hole reaches to the end of the addresses.
void Arena::trim() {
  const std::size_t last = free_.empty() ? kReserved : std::prev(free_.end())->first;
  if (last >= end_ || end_ - last <= kKeptFree) return;
  release_pages({start_ + last, end_ - last});
  end_ = last;
}

}  // namespace

void install_activation_arena() {
  if (installed != nullptr) return;
  void* const start = ::mmap(nullptr, kReserved, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  installed = new Arena(static_cast<std::byte*>(start));  // outlives every tensor
  c10::SetCPUAllocator(installed, /*priority=*/1);
}

}  // namespace gpst
