// CUDA's vector types, of the same size and alignment.
#pragma once

#include <cstdint>

namespace gpst::cuda {

#define GPST_VECTOR_TYPES(type, prefix, align2, align4)                           \
  struct alignas(align2) prefix##2 {                                              \
    type x, y;                                                                    \
  };                                                                              \
  struct prefix##3 {                                                              \
    type x, y, z;                                                                 \
  };                                                                              \
  struct alignas(align4) prefix##4 {                                              \
    type x, y, z, w;                                                              \
  };                                                                              \
  inline prefix##2 make_##prefix##2(type x, type y) { return {x, y}; }            \
  inline prefix##3 make_##prefix##3(type x, type y, type z) { return {x, y, z}; } \
  inline prefix##4 make_##prefix##4(type x, type y, type z, type w) { return {x, y, z, w}; }
GPST_VECTOR_TYPES(float, float, 8, 16)
GPST_VECTOR_TYPES(int, int, 8, 16)
GPST_VECTOR_TYPES(unsigned, uint, 8, 16)
GPST_VECTOR_TYPES(short, short, 4, 8)
GPST_VECTOR_TYPES(unsigned short, ushort, 4, 8)
GPST_VECTOR_TYPES(unsigned char, uchar, 2, 4)
GPST_VECTOR_TYPES(double, double, 16, 16)
GPST_VECTOR_TYPES(long long, longlong, 16, 16)
GPST_VECTOR_TYPES(unsigned long long, ulonglong, 16, 16)
#undef GPST_VECTOR_TYPES

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

}  // namespace gpst::cuda
