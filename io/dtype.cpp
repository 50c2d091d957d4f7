#include "io/dtype.h"

#include <array>
#include <string>

namespace gpst {
namespace {

struct DTypeRow {
  DType dtype;
  size_t size;
  std::string_view name;   // in safetensors
  std::string_view descr;  // in npy
};

// In the order of the enum.
constexpr std::array<DTypeRow, 13> kTypes{{
    {DType::f64, 8, "F64", "<f8"},
    {DType::f32, 4, "F32", "<f4"},
    {DType::f16, 2, "F16", "<f2"},
    {DType::bf16, 2, "BF16", ""},
    {DType::i64, 8, "I64", "<i8"},
    {DType::i32, 4, "I32", "<i4"},
    {DType::i16, 2, "I16", "<i2"},
    {DType::i8, 1, "I8", "|i1"},
    {DType::u64, 8, "U64", "<u8"},
    {DType::u32, 4, "U32", "<u4"},
    {DType::u16, 2, "U16", "<u2"},
    {DType::u8, 1, "U8", "|u1"},
    {DType::boolean, 1, "BOOL", "|b1"},
}};

constexpr bool rows_follow_enum() {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<size_t>(kTypes[i].dtype) != i) return false;
  }
  return true;
}
static_assert(rows_follow_enum());

const DTypeRow& row(DType dtype) { return kTypes.at(static_cast<size_t>(dtype)); }

}  // namespace

size_t dtype_size(DType dtype) { return row(dtype).size; }

std::string_view dtype_name(DType dtype) { return row(dtype).name; }

std::optional<DType> dtype_of_name(std::string_view name) {
  for (const DTypeRow& type : kTypes) {
    if (type.name == name) return type.dtype;
  }
  return std::nullopt;
}

std::optional<std::string_view> npy_descr(DType dtype) {
  if (row(dtype).descr.empty()) return std::nullopt;
  return row(dtype).descr;
}

std::optional<DType> dtype_of_npy_descr(std::string_view descr) {
  for (const DTypeRow& type : kTypes) {
    if (!type.descr.empty() && type.descr == descr) return type.dtype;
  }
  // Byte order means nothing for one byte: numpy writes '|', others '<' or '>'.
  if (descr.size() == 3 && descr[2] == '1' && (descr[0] == '<' || descr[0] == '>')) {
    return dtype_of_npy_descr(std::string("|").append(descr.substr(1)));
  }
  return std::nullopt;
}

}  // namespace gpst
