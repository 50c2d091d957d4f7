// Compiled without contraction of a*b+c: u and v must round twice everywhere, or not at all.
#include "base/philox.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace gpst {
namespace {

// The constants of Philox4x32 and its ten rounds.
constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
constexpr int kRounds = 10;

constexpr float kTwoToMinus32 = 0x1p-32F;
constexpr float kTwoPiTimesTwoToMinus32 = 2.3283064e-10F * 6.2831855F;

constexpr std::uint64_t kStepLimit = std::uint64_t{1} << 24;

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

struct NormalPair {
  float even, odd;
};

// The normals of two neighbouring words.
NormalPair normals_of(std::uint32_t first, std::uint32_t second) {
  const float u = uniform_from_word(first);
  const float v =
      static_cast<float>(second) * kTwoPiTimesTwoToMinus32 + kTwoPiTimesTwoToMinus32 / 2;
  const double length = std::sqrt(-2.0 * std::log(static_cast<double>(u)));
  const auto angle = static_cast<double>(v);
  return {static_cast<float>(length * std::sin(angle)),
          static_cast<float>(length * std::cos(angle))};
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t subsequence,
                                        std::uint64_t block) {
  std::array<std::uint32_t, 4> c{low(block), high(block), low(subsequence), high(subsequence)};
  std::uint32_t key0 = low(key);
  std::uint32_t key1 = high(key);
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * c[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * c[2];
    c = {high(product1) ^ c[1] ^ key0, low(product1), high(product0) ^ c[3] ^ key1, low(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return c;
}

float uniform_from_word(std::uint32_t word) {
  return static_cast<float>(word) * kTwoToMinus32 + kTwoToMinus32 / 2;
}

PhiloxStream::PhiloxStream(std::uint64_t seed, std::uint64_t subsequence, Purpose purpose,
                           std::uint64_t step)
    : seed_(seed),
      subsequence_(subsequence),
      base_(static_cast<std::uint64_t>(purpose) << 56 | step << 32) {
  if (step >= kStepLimit) {
    throw Error(
        ExitCode::internal,
        fmt::format("random numbers: expected a step below {}, found {}", kStepLimit, step));
  }
}

void PhiloxStream::load_block() {
  if (position_ % 4 == 0) block_ = philox4x32(seed_, subsequence_, base_ | position_ / 4);
}

std::uint32_t PhiloxStream::next_u32() {
  load_block();
  return block_[position_++ % 4];
}

float PhiloxStream::next_uniform() { return uniform_from_word(next_u32()); }

float PhiloxStream::next_normal() {
  load_block();
  const std::size_t place = position_++ % 4;
  const std::size_t pair = place & ~std::size_t{1};
  const NormalPair normals = normals_of(block_[pair], block_[pair + 1]);
  return place == pair ? normals.even : normals.odd;
}

void PhiloxStream::fill_uniform(std::span<float> out) {
  for (float& value : out) value = next_uniform();
}

void PhiloxStream::fill_normal(std::span<float> out) {
  std::size_t i = 0;
  if (position_ % 2 == 1 && i < out.size()) out[i++] = next_normal();
  for (; i + 2 <= out.size(); i += 2) {
    load_block();
    const std::size_t place = position_ % 4;
    const NormalPair normals = normals_of(block_[place], block_[place + 1]);
    out[i] = normals.even;
    out[i + 1] = normals.odd;
    position_ += 2;
  }
  if (i < out.size()) out[i] = next_normal();
}

std::uint32_t PhiloxStream::next_below(std::uint32_t bound) {
  const std::uint32_t rejected = (0U - bound) % bound;  // 2^32 mod bound
  for (;;) {
    const std::uint64_t product = std::uint64_t{next_u32()} * bound;
    if (low(product) >= rejected) return high(product);
  }
}

}  // namespace gpst
