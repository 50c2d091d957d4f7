// Pictures of the golden partition set.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace gpst {

inline SafetensorsFile open_partition_file(const nlohmann::json& name) {
  return open_golden("partition/" + name.get<std::string>());
}

// [H,W,3] bytes -> [3,H,W] in [-1,1], in double, rounded once.
inline std::vector<float> golden_picture(const TensorView& u8) {
  const std::vector<uint8_t> bytes = golden_values<uint8_t>(u8);
  const size_t pixels = bytes.size() / 3;
  std::vector<float> chw(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    chw[i % 3 * pixels + i / 3] = static_cast<float>(bytes[i] / 127.5 - 1);
  }
  return chw;
}

}  // namespace gpst
