#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <new>

#include "base/allocator.h"
#include "base/files.h"

namespace gpst {
namespace {

std::string hex_of(XXH64_hash_t value) { return fmt::format("{:016x}", value); }

}  // namespace

std::string xxh3_hex(std::span<const std::byte> bytes) {
  return hex_of(XXH3_64bits(bytes.data(), bytes.size()));
}

std::string xxh3_hex(std::string_view text) { return xxh3_hex(std::as_bytes(std::span(text))); }

std::string xxh3_hex(const MappedFile& file) {
  constexpr std::size_t kPart = std::size_t{8} << 20;
  Xxh3 hash;
  for (std::size_t first = 0; first < file.bytes().size(); first += kPart) {
    const auto part = file.bytes().subspan(first, std::min(kPart, file.bytes().size() - first));
    hash.update(part.data(), part.size());
    release_pages(part);
  }
  return hash.hex();
}

struct Xxh3::State {
  State() : state(XXH3_createState()) {
    if (state == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset(state);
  }
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  XXH3_state_t* state;
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::Xxh3(Xxh3&&) noexcept = default;
Xxh3& Xxh3::operator=(Xxh3&&) noexcept = default;
Xxh3::~Xxh3() = default;

void Xxh3::update(const void* data, std::size_t size) {
  XXH3_64bits_update(state_->state, data, size);
}

std::string Xxh3::hex() const { return hex_of(XXH3_64bits_digest(state_->state)); }

}  // namespace gpst
