// The random numbers of kernels and of base/philox against cuRAND's, where the toolkit has cuRAND.
// No GPU: its device functions are compiled as C++, and its host generator runs on the host.
// cuRAND computes normals in single precision with the library of where it runs. Its host functions
// round four times, which makes 2 units in the last place; on a GPU it takes a fast sine with an
// absolute error of 2^-21, so its normals there are not held to that.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/philox.h"
#include "cuda/philox.cuh"
#include "tests/cuda/curand_numbers.h"
#include "tests/support/ulps.h"

namespace gpst {
namespace {

using Words = std::array<uint32_t, 4>;
using Normals = std::array<float, 4>;

// The numbers of one block: as cuRAND counts them, and as a stream does.
struct Block {
  uint64_t seed, picture;
  Purpose purpose;
  uint32_t step, block;

  uint64_t number() const {
    return static_cast<uint64_t>(purpose) << 56 | static_cast<uint64_t>(step) << 32 | block;
  }
  cuda::PhiloxBlocks numbers() const {
    return cuda::philox_blocks(seed, static_cast<int64_t>(picture), purpose, step);
  }
};

Words kernel_words(const Block& b) {
  const auto words = cuda::philox_words(b.numbers(), b.block);
  return {words.x, words.y, words.z, words.w};
}

Normals kernel_normals(const Block& b) {
  const auto normals = cuda::philox_normals(b.numbers(), b.block);
  return {normals.x, normals.y, normals.z, normals.w};
}

// Blocks whose bits are all used somewhere, but for the two highest of the purpose: cuRAND's offset
// counts numbers, four to a block, in 64 bits.
std::vector<Block> blocks(uint32_t count) {
  std::vector<Block> all;
  for (uint32_t i = 0; i < count; ++i) {
    const Words bits = philox4x32(1, 2, i);
    all.push_back({.seed = static_cast<uint64_t>(bits[0]) << 32 | bits[1],
                   .picture = static_cast<uint64_t>(bits[2]) << 32 | i,
                   .purpose = static_cast<Purpose>(bits[3] >> 26),
                   .step = bits[3] & 0xFFFFFF,
                   .block = i % 2 == 0 ? i : bits[3]});
  }
  return all;
}

TEST(Curand, WordsAreOursToTheBit) {
  for (const Block& b : blocks(20000)) {
    const Words expected = curand::words(b.seed, b.picture, b.number());
    ASSERT_EQ(kernel_words(b), expected);
    ASSERT_EQ(philox4x32(b.seed, b.picture, b.number()), expected);
  }
}

// Word i of the host generator: block i / 2^18 of subsequence (i / 4) mod 2^16.
TEST(Curand, WordsOfTheHostGeneratorAreOursToTheBit) {
  constexpr size_t kCount = 3 << 18;
  const std::vector<uint32_t> words = curand::host_generator_words(0x123456789ABCDEF0, kCount);
  for (size_t i = 0; i < kCount; i += 4) {
    const Words expected = {words[i], words[i + 1], words[i + 2], words[i + 3]};
    const Block b = {.seed = 0x123456789ABCDEF0,
                     .picture = i / 4 % 65536,
                     .purpose = Purpose{},
                     .step = 0,
                     .block = static_cast<uint32_t>(i >> 18)};
    ASSERT_EQ(kernel_words(b), expected) << i;
  }
}

TEST(Curand, NormalsAreOursToTwoUlps) {
  for (const Block& b : blocks(40000)) {
    const Normals expected = curand::normals(b.seed, b.picture, b.number());
    const Normals actual = kernel_normals(b);
    for (size_t i = 0; i < 4; ++i)
      ASSERT_LE(ulps_between(actual[i], expected[i]), 2) << expected[i];
  }
}

TEST(Curand, NormalsOfTheHostGeneratorAreOursToTwoUlps) {
  constexpr size_t kCount = 1 << 17;
  const std::vector<float> normals = curand::host_generator_normals(99, kCount);
  for (size_t i = 0; i < kCount; ++i) {
    const Block b = {.seed = 99,
                     .picture = i / 4 % 65536,
                     .purpose = Purpose{},
                     .step = 0,
                     .block = static_cast<uint32_t>(i >> 18)};
    ASSERT_LE(ulps_between(kernel_normals(b)[i % 4], normals[i]), 2) << i;
  }
}

}  // namespace
}  // namespace gpst
