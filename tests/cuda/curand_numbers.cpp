#include "tests/cuda/curand_numbers.h"

#include <fmt/format.h>

#include <stdexcept>

// cuRAND's functions, as host functions of this file.
#define QUALIFIERS static inline
#include <curand.h>
#include <curand_kernel.h>

namespace gpst::curand {
namespace {

curandStatePhilox4_32_10_t state_at(uint64_t seed, uint64_t subsequence, uint64_t block) {
  curandStatePhilox4_32_10_t state;
  curand_init(seed, subsequence, 4 * block, &state);
  return state;
}

class HostGenerator {
 public:
  explicit HostGenerator(uint64_t seed) {
    check(curandCreateGeneratorHost(&generator_, CURAND_RNG_PSEUDO_PHILOX4_32_10), "creating");
    check(curandSetPseudoRandomGeneratorSeed(generator_, seed), "seeding");
  }
  ~HostGenerator() { curandDestroyGenerator(generator_); }
  HostGenerator(const HostGenerator&) = delete;
  HostGenerator& operator=(const HostGenerator&) = delete;

  curandGenerator_t get() const { return generator_; }

  static void check(curandStatus_t status, const char* step) {
    if (status == CURAND_STATUS_SUCCESS) return;
    throw std::runtime_error(fmt::format("cuRAND's host generator: {} failed with status {}", step,
                                         static_cast<int>(status)));
  }

 private:
  curandGenerator_t generator_ = nullptr;
};

}  // namespace

std::array<uint32_t, 4> words(uint64_t seed, uint64_t subsequence, uint64_t block) {
  curandStatePhilox4_32_10_t state = state_at(seed, subsequence, block);
  const uint4 made = curand4(&state);
  return {made.x, made.y, made.z, made.w};
}

std::array<float, 4> normals(uint64_t seed, uint64_t subsequence, uint64_t block) {
  curandStatePhilox4_32_10_t state = state_at(seed, subsequence, block);
  const float4 made = curand_normal4(&state);
  return {made.x, made.y, made.z, made.w};
}

std::vector<uint32_t> host_generator_words(uint64_t seed, size_t count) {
  const HostGenerator generator(seed);
  std::vector<uint32_t> made(count);
  HostGenerator::check(curandGenerate(generator.get(), made.data(), count), "generating words");
  return made;
}

std::vector<float> host_generator_normals(uint64_t seed, size_t count) {
  const HostGenerator generator(seed);
  std::vector<float> made(count);
  HostGenerator::check(curandGenerateNormal(generator.get(), made.data(), count, 0, 1),
                       "generating normals");
  return made;
}

}  // namespace gpst::curand
