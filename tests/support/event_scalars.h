// What stands in the TensorBoard files of a folder, read by their format alone.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace gpst {

// (step, tag) -> how many scalars of it there are. The version record is left out.
inline std::map<std::pair<int64_t, std::string>, int> event_scalars(
    const std::filesystem::path& folder) {
  std::map<std::pair<int64_t, std::string>, int> scalars;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    uint64_t length = 0;
    for (size_t at = 0; at + 16 <= bytes.size(); at += length + 16) {
      std::memcpy(&length, bytes.data() + at, 8);
      const std::string event = bytes.substr(at + 12, length);
      size_t place = 10;  // after the time
      int64_t step = 0;
      for (int shift = 0;; shift += 7, ++place) {
        step |= int64_t{event.at(place) & 0x7F} << shift;
        if ((event[place] & 0x80) == 0) break;
      }
      if (event.at(++place) != 0x2A) continue;  // no summary
      // Bytes of the summary and of its value, fewer than 128; then the tag.
      const auto size = static_cast<size_t>(event.at(place + 5));
      ++scalars[{step, event.substr(place + 6, size)}];
    }
  }
  return scalars;
}

}  // namespace gpst
