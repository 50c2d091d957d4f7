#include "cli/describe_safetensors.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "io/safetensors.h"
#include "io/shape.h"

namespace gpst {
namespace {

using json = nlohmann::ordered_json;

constexpr size_t kMostTensors = 400;

std::string kind_of(const SafetensorsFile& file) {
  const auto has = [&](const char* name) { return file.find(name) != nullptr; };
  if (has("layouts") && has("class_offsets")) return "layout store";
  if (has("tokens") && has("init") && has("labels") && has("ids")) return "token shard";
  if (has("tokens") && has("init")) return "tokens of a picture";
  return "weights";
}

std::string tensor_text(const TensorView& tensor) {
  return fmt::format("{} {}", dtype_name(tensor.dtype), shape_text(tensor.shape));
}

json tensor_list(const SafetensorsFile& file) {
  json list = json::object();
  for (const TensorView& tensor : file.tensors()) {
    if (list.size() == kMostTensors) {
      list["..."] = fmt::format("{} more", file.tensors().size() - kMostTensors);
      break;
    }
    list[tensor.name] = tensor_text(tensor);
  }
  return list;
}

// Values by type, decoys of published exports (step counters) included.
json element_counts(const SafetensorsFile& file) {
  std::map<std::string, int64_t> counts;
  for (const TensorView& tensor : file.tensors()) {
    counts[std::string(dtype_name(tensor.dtype))] += tensor.elements();
  }
  json result = json::object();
  for (const auto& [type, count] : counts) result[type] = count;
  return result;
}

}  // namespace

json describe_safetensors(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  json result = {{"kind", kind_of(file)}, {"format", "safetensors"}};
  result["tensor_count"] = file.tensors().size();
  result["values"] = element_counts(file);
  if (!file.metadata().empty()) {
    result["metadata"] = json::object();
    for (const auto& [key, value] : file.metadata()) result["metadata"][key] = value;
  }
  result["tensors"] = tensor_list(file);
  return result;
}

}  // namespace gpst
