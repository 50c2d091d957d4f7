#include "io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "io/bytes.h"
#include "io/file_kind.h"
#include "io/quoted.h"
#include "io/safetensors_json.h"
#include "io/shape.h"

namespace gpst {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr size_t kAlignment = 8;

// The JSON part of the file, once its length makes sense.
std::string_view find_json(std::span<const std::byte> file, std::string_view where) {
  const auto fail = [&](const std::string& what) {
    const std::string hint = foreign_file_hint(file);
    throw InputError(
        fmt::format("{}: not a safetensors file: {}", where, hint.empty() ? what : hint));
  };
  if (file.size() < kLengthBytes + 2) {
    fail(fmt::format("it has {} bytes; a header needs at least 10", file.size()));
  }
  const auto length = load_le<uint64_t>(file, 0);
  if (length > kMaxSafetensorsHeaderBytes) {
    fail(fmt::format("it claims a header of {} bytes; at most {} are accepted", length,
                     kMaxSafetensorsHeaderBytes));
  }
  if (std::to_integer<char>(file[kLengthBytes]) != '{') {
    fail("its header does not start with '{'");
  }
  if (length > file.size() - kLengthBytes) {
    fail(fmt::format(
        "the file is cut off inside the header (expected {} bytes of header, found {}): "
        "fetch it again",
        length, file.size() - kLengthBytes));
  }
  return as_text(file.subspan(kLengthBytes, length));
}

// The bytes the dtype and shape stand for; checks them against the offsets.
void check_size(const DeclaredTensor& tensor, std::string_view where) {
  const std::optional<int64_t> bytes = checked_bytes(tensor.shape, dtype_size(tensor.dtype));
  if (!bytes) {
    throw InputError(fmt::format("{}: tensor {}: the shape {} is too large", where,
                                 quote_name(tensor.name), shape_text(tensor.shape)));
  }
  if (tensor.end < tensor.begin || tensor.end - tensor.begin != static_cast<uint64_t>(*bytes)) {
    throw InputError(
        fmt::format("{}: tensor {}: {} {} has {} bytes, but its data_offsets are [{}, {}]", where,
                    quote_name(tensor.name), dtype_name(tensor.dtype), shape_text(tensor.shape),
                    *bytes, tensor.begin, tensor.end));
  }
}

// The tensors, sorted, must cover bytes 0 to `data_bytes` without gaps or overlaps.
void check_tiling(const std::vector<DeclaredTensor>& sorted, uint64_t data_bytes,
                  uint64_t data_start, std::string_view where) {
  uint64_t position = 0;
  for (const DeclaredTensor& tensor : sorted) {
    if (tensor.begin != position) {
      throw InputError(fmt::format(
          "{}: tensor {} starts at byte {} of the data, expected {}: tensors must neither overlap "
          "nor leave gaps",
          where, quote_name(tensor.name), tensor.begin, position));
    }
    position = tensor.end;
  }
  if (position > data_bytes) {
    throw InputError(
        fmt::format("{}: the file is truncated: expected {} bytes, found {}: fetch it "
                    "again",
                    where, data_start + position, data_start + data_bytes));
  }
  if (position < data_bytes) {
    throw InputError(fmt::format("{}: expected {} bytes, found {}: {} bytes after the last tensor",
                                 where, data_start + position, data_start + data_bytes,
                                 data_bytes - position));
  }
}

std::string dump_json(const nlohmann::ordered_json& json) {
  try {
    return json.dump();
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("cannot write a safetensors header: {}", error.what()));
  }
}

}  // namespace

SafetensorsHeader parse_safetensors(std::span<const std::byte> file, std::string_view where) {
  const std::string_view json = find_json(file, where);
  DeclaredHeader declared = parse_safetensors_json(json, where);
  std::vector<DeclaredTensor>& tensors = declared.tensors;
  for (const DeclaredTensor& tensor : tensors) check_size(tensor, where);
  // Empty tensors share their begin with the next one, so the end decides too.
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const std::span<const std::byte> data = file.subspan(kLengthBytes + json.size());
  check_tiling(tensors, data.size(), kLengthBytes + json.size(), where);

  SafetensorsHeader header{{}, std::move(declared.metadata)};
  header.tensors.reserve(tensors.size());
  for (DeclaredTensor& tensor : tensors) {
    header.tensors.push_back({std::move(tensor.name), tensor.dtype, std::move(tensor.shape),
                              data.subspan(tensor.begin, tensor.end - tensor.begin)});
  }
  return header;
}

std::string format_safetensors_header(const std::vector<TensorSpec>& tensors,
                                      const Metadata& metadata) {
  // Ordered, so that the header lists tensors as their data lies.
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  std::set<std::string> names{"__metadata__"};
  int64_t position = 0;
  for (const TensorSpec& tensor : tensors) {
    const std::optional<int64_t> bytes = checked_bytes(tensor.shape, dtype_size(tensor.dtype));
    const int64_t begin = position;
    if (!bytes || __builtin_add_overflow(begin, *bytes, &position)) {
      throw std::invalid_argument(fmt::format("safetensors: tensor {}: bad shape {}",
                                              quote_name(tensor.name), shape_text(tensor.shape)));
    }
    if (!names.insert(tensor.name).second) {
      throw std::invalid_argument("safetensors: two tensors are called " + quote_name(tensor.name));
    }
    json.push_back({tensor.name,
                    {{"dtype", dtype_name(tensor.dtype)},
                     {"shape", tensor.shape},
                     {"data_offsets", {begin, position}}}});
  }
  std::string text = dump_json(json);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  std::string out;
  append_le(out, static_cast<uint64_t>(text.size()));
  return out + text;
}

}  // namespace gpst
