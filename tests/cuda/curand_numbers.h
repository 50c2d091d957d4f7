// cuRAND's own numbers, made on the host: by its device functions, which compile as C++, and by its
// host generator. Apart from the kernels' headers, whose vector types have the same names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gpst::curand {

// curand4 and curand_normal4 after curand_init(seed, subsequence, 4 * block).
std::array<uint32_t, 4> words(uint64_t seed, uint64_t subsequence, uint64_t block);
std::array<float, 4> normals(uint64_t seed, uint64_t subsequence, uint64_t block);

// The first words of curandCreateGeneratorHost(CURAND_RNG_PSEUDO_PHILOX4_32_10) in its default
// order, and its first normals.
std::vector<uint32_t> host_generator_words(uint64_t seed, size_t count);
std::vector<float> host_generator_normals(uint64_t seed, size_t count);

}  // namespace gpst::curand
