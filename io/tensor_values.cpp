// Values of stored tensors and arrays in the types that computations use.
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "io/half.h"
#include "io/npz.h"
#include "io/quoted.h"
#include "io/safetensors.h"

namespace gpst {
namespace {

// convert(element) for every element of type Stored; the bytes need not be aligned.
template <class Stored, class Value, class Convert>
std::vector<Value> convert_all(std::span<const std::byte> bytes, Convert convert) {
  std::vector<Value> values(bytes.size() / sizeof(Stored));
  const std::byte* source = bytes.data();
  for (Value& value : values) {
    Stored element;
    std::memcpy(&element, source, sizeof(Stored));
    source += sizeof(Stored);
    value = convert(element);
  }
  return values;
}

template <class Stored, class Value>
std::vector<Value> cast_all(std::span<const std::byte> bytes) {
  return convert_all<Stored, Value>(bytes, [](Stored x) { return static_cast<Value>(x); });
}

// Value is float or double, into which every integer type but I64 and U64 fits or is rounded.
template <class Value>
std::vector<Value> floating_values(std::span<const std::byte> bytes, DType dtype) {
  switch (dtype) {
    case DType::f64:
      return cast_all<double, Value>(bytes);
    case DType::f32:
      return cast_all<float, Value>(bytes);
    case DType::f16:
      return convert_all<uint16_t, Value>(bytes, float16_to_float);
    default:
      return convert_all<uint16_t, Value>(bytes, bfloat16_to_float);
  }
}

template <class Value>
std::vector<Value> integer_values(std::span<const std::byte> bytes, DType dtype) {
  switch (dtype) {
    case DType::i64:
      return cast_all<int64_t, Value>(bytes);
    case DType::i32:
      return cast_all<int32_t, Value>(bytes);
    case DType::i16:
      return cast_all<int16_t, Value>(bytes);
    case DType::i8:
      return cast_all<int8_t, Value>(bytes);
    case DType::u64:
      return cast_all<uint64_t, Value>(bytes);
    case DType::u32:
      return cast_all<uint32_t, Value>(bytes);
    case DType::u16:
      return cast_all<uint16_t, Value>(bytes);
    default:
      return cast_all<uint8_t, Value>(bytes);
  }
}

bool is_floating(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

}  // namespace

std::vector<float> to_float32(const TensorView& tensor) {
  if (!is_floating(tensor.dtype)) {
    throw InputError(fmt::format("tensor {}: expected a floating type, found {}",
                                 quote_name(tensor.name), dtype_name(tensor.dtype)));
  }
  return floating_values<float>(tensor.bytes, tensor.dtype);
}

std::vector<int64_t> to_int64(const TensorView& tensor) {
  if (is_floating(tensor.dtype)) {
    throw InputError(fmt::format("tensor {}: expected an integer type, found {}",
                                 quote_name(tensor.name), dtype_name(tensor.dtype)));
  }
  std::vector<int64_t> values = integer_values<int64_t>(tensor.bytes, tensor.dtype);
  for (const int64_t value : values) {
    if (tensor.dtype == DType::u64 && value < 0) {
      throw InputError(fmt::format("tensor {}: {} does not fit a 64-bit integer with a sign",
                                   quote_name(tensor.name), static_cast<uint64_t>(value)));
    }
  }
  return values;
}

std::vector<double> to_float64(const NpyArray& array) {
  const DType dtype = array.header.dtype;
  return is_floating(dtype) ? floating_values<double>(array.bytes, dtype)
                            : integer_values<double>(array.bytes, dtype);
}

}  // namespace gpst
