#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gpst {

// Kind (weights, tokens of a picture, token shard, layout store), tensors and metadata of a
// safetensors file; only its header is read.
nlohmann::ordered_json describe_safetensors(const std::string& path);

}  // namespace gpst
