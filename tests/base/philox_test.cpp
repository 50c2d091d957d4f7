#include "base/philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

using Words = std::array<std::uint32_t, 4>;

constexpr std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

// The known answers that the authors publish with Random123 (kat_vectors).
TEST(Philox, gives_the_authors_known_answers) {
  EXPECT_EQ(philox4x32(0, 0, 0), (Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  EXPECT_EQ(philox4x32(kOnes, kOnes, kOnes),
            (Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  EXPECT_EQ(philox4x32(pair_of(0xA4093822, 0x299F31D0), pair_of(0x13198A2E, 0x03707344),
                       pair_of(0x243F6A88, 0x85A308D3)),
            (Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

// What cuRAND 13.0 gives on the host after curand_init(seed, subsequence, 4 * block, &state):
// curand4, curand_uniform4 and curand_normal4.
struct Recorded {
  std::uint64_t seed;
  std::uint64_t subsequence;
  Purpose purpose;
  std::uint64_t step;
  std::uint32_t block;
  Words words;
  std::array<float, 4> uniforms;
  std::array<float, 4> normals;
};
const std::vector<Recorded> kCurand{
    {0,
     0,
     Purpose::initial_noise,
     0,
     0,
     {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8},
     {0x1.989fa4p-2F, 0x1.c2d38cp-1F, 0x1.78af58p-1F, 0x1.3601b8p-1F},
     {-0.924662411F, 0.991137743F, -0.482068747F, -0.617608845F}},
    {1,
     2,
     Purpose::initial_noise,
     0,
     3,
     {0xDE08BF52, 0x663EFF4F, 0x8759C4E2, 0xBDD5E548},
     {0x1.bc117ep-1F, 0x1.98fbfep-2F, 0x1.0eb38ap-1F, 0x1.7babcap-1F},
     {0.315250397F, -0.43047595F, -1.12739682F, -0.0599481612F}},
    {0xDEADBEEF12345678U,
     0x1122334455667788U,
     Purpose::flip,
     249,
     671,
     {0x4F58B983, 0x61B68D65, 0xFFB36BA1, 0x273C6200},
     {0x1.3d62e6p-2F, 0x1.86da36p-2F, 0x1.ff66d8p-1F, 0x1.39e31p-3F},
     {1.03584135F, -1.12682617F, 0.0396960229F, 0.0276146941F}},
    {0xFFFFFFFFFFFFFFFFU,
     0xFFFFFFFFFFFFFFFFU,
     Purpose::feature_noise,
     0xFFFFFF,
     0xFFFFFFFF,
     {0x85A91DD6, 0xDE8E50F6, 0x367B95F3, 0xDF0B9907},
     {0x1.0b523cp-1F, 0x1.bd1ca2p-1F, 0x1.b3dcbp-3F, 0x1.be1732p-1F},
     {-0.834207416F, 0.777074873F, -1.2727046F, 1.2144171F}},
};

std::uint64_t block_number(const Recorded& r) {
  return static_cast<std::uint64_t>(r.purpose) << 56 | r.step << 32 | r.block;
}

TEST(Philox, words_and_uniforms_are_those_of_curand_to_the_bit) {
  for (const Recorded& r : kCurand) {
    const Words words = philox4x32(r.seed, r.subsequence, block_number(r));
    EXPECT_EQ(words, r.words);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(uniform_from_word(words[i]), r.uniforms[i]);
  }
}

TEST(Philox, stream_gives_the_block_of_its_purpose_and_step) {
  for (const Recorded& r : kCurand) {
    if (r.block > 1000) continue;  // too far to walk to
    PhiloxStream integers(r.seed, r.subsequence, r.purpose, r.step);
    PhiloxStream uniforms(r.seed, r.subsequence, r.purpose, r.step);
    PhiloxStream normals(r.seed, r.subsequence, r.purpose, r.step);
    for (std::uint32_t skipped = 0; skipped < 4 * r.block; ++skipped) {
      integers.next_u32();
      uniforms.next_uniform();
      normals.next_normal();
    }
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(integers.next_u32(), r.words[i]);
      EXPECT_EQ(uniforms.next_uniform(), r.uniforms[i]);
      // curand's own functions are single precision: a few units in the last place.
      EXPECT_NEAR(normals.next_normal(), r.normals[i], 4e-7F * std::abs(r.normals[i]) + 1e-7F);
    }
  }
}

TEST(Philox, a_number_does_not_depend_on_how_it_is_asked_for) {
  std::vector<float> whole(50);
  PhiloxStream(7, 3, Purpose::step_noise, 12).fill_normal(whole);
  PhiloxStream pieces(7, 3, Purpose::step_noise, 12);
  std::vector<float> again(50);
  const std::span<float> out(again);
  pieces.fill_normal(out.subspan(0, 1));
  pieces.fill_normal(out.subspan(1, 6));
  again[7] = pieces.next_normal();
  pieces.next_u32();  // takes the place of number 8
  again[8] = whole[8];
  pieces.fill_normal(out.subspan(9));
  EXPECT_EQ(whole, again);
}

TEST(Philox, seed_picture_purpose_and_step_all_matter) {
  const std::uint32_t base = PhiloxStream(1, 1, Purpose::label, 1).next_u32();
  EXPECT_NE(base, PhiloxStream(2, 1, Purpose::label, 1).next_u32());
  EXPECT_NE(base, PhiloxStream(1, 2, Purpose::label, 1).next_u32());
  EXPECT_NE(base, PhiloxStream(1, 1, Purpose::flip, 1).next_u32());
  EXPECT_NE(base, PhiloxStream(1, 1, Purpose::label, 2).next_u32());
}

TEST(Philox, refuses_a_step_that_would_reach_into_the_purpose) {
  EXPECT_NO_THROW(PhiloxStream(0, 0, Purpose::time, (1U << 24) - 1));
  EXPECT_THROW(PhiloxStream(0, 0, Purpose::time, 1U << 24), Error);
}

TEST(Philox, uniforms_stay_above_zero_and_reach_one) {
  EXPECT_EQ(uniform_from_word(0), 0x1p-33F);
  EXPECT_EQ(uniform_from_word(0xFFFFFFFF), 1.0F);
}

TEST(Philox, normals_have_the_moments_of_a_normal) {
  std::vector<float> x(200000);
  PhiloxStream(42, 0, Purpose::train_noise).fill_normal(x);
  double sum = 0;
  double square = 0;
  double fourth = 0;
  for (const double v : x) {
    ASSERT_TRUE(std::isfinite(v));
    sum += v;
    square += v * v;
    fourth += v * v * v * v;
  }
  const auto n = static_cast<double>(x.size());
  EXPECT_NEAR(sum / n, 0, 0.01);  // 4.5 standard errors
  EXPECT_NEAR(square / n, 1, 0.015);
  EXPECT_NEAR(fourth / n, 3, 0.1);
}

TEST(Philox, bounded_integers_are_even_and_in_range) {
  PhiloxStream stream(3, 0, Purpose::shuffle);
  std::array<int, 7> counts{};
  constexpr int kDraws = 70000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint32_t value = stream.next_below(7);
    ASSERT_LT(value, 7U);
    ++counts[value];
  }
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7, 450);  // 4.8 standard deviations
  EXPECT_EQ(stream.next_below(1), 0U);
}

}  // namespace
}  // namespace gpst
