// Makes tar archives block by block, so that tests can make every kind and break each.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace gpst {

struct TarMember {
  std::string name = {};
  std::string content = {};
  char type = '0';
  std::string prefix = {};
  std::string_view magic = std::string_view(
      "ustar\0"
      "00",
      8);
  bool base256_size = false;
};

inline void set_tar_checksum(std::string& block) {
  block.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  char text[9];
  std::snprintf(text, sizeof text, "%06o", sum);
  block.replace(148, 8, std::string(text, 7) + ' ');
}

inline std::string tar_member(const TarMember& member) {
  std::string block(512, '\0');
  block.replace(0, member.name.size(), member.name);
  block.replace(100, 7, "0000644");
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", member.content.size());
  block.replace(124, 12, size, 12);
  if (member.base256_size) {
    block.replace(124, 12, 12, '\0');
    block[124] = '\x80';
    for (int i = 0; i < 8; ++i) {
      block[135 - i] = static_cast<char>(member.content.size() >> 8 * i);
    }
  }
  block[156] = member.type;
  block.replace(257, member.magic.size(), member.magic);
  block.replace(345, member.prefix.size(), member.prefix);
  set_tar_checksum(block);
  const size_t padding = (512 - member.content.size() % 512) % 512;
  return block + member.content + std::string(padding, '\0');
}

inline std::string tar_end() { return std::string(1024, '\0'); }

// "LENGTH KEY=VALUE\n", the length counting itself.
inline std::string pax_record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest;
  while (length != rest + std::to_string(length).size()) {
    length = rest + std::to_string(length).size();
  }
  return std::to_string(length) + ' ' + std::string(key) + '=' + std::string(value) + '\n';
}

}  // namespace gpst
