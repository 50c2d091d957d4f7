// Element types of stored tensors: the ones both safetensors and npy know.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gpst {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

// Bytes of one element.
size_t dtype_size(DType dtype);

// The safetensors name: "F32", "BF16", "BOOL", ...
std::string_view dtype_name(DType dtype);

// The type with that safetensors name; nothing when the name is not known.
std::optional<DType> dtype_of_name(std::string_view name);

// The little-endian npy name: "<f4", "|u1", ...; nothing for bf16, which npy does not have.
std::optional<std::string_view> npy_descr(DType dtype);

// The type with that npy name. Nothing for big-endian, structured, string and object arrays.
std::optional<DType> dtype_of_npy_descr(std::string_view descr);

}  // namespace gpst
