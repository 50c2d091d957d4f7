// Makes zip archives the way other programs do, and wrong ones: deflated members, fields that lie.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "io/bytes.h"
#include "io/zip_format.h"

namespace gpst {

struct ZipMember {
  std::string name = {};
  std::string content = {};
  bool deflate = false;
  uint16_t flags = 0;
  uint16_t method_override = 0;  // 0: as `deflate` says
  uint32_t crc_change = 0;       // added to the right one
  int64_t size_change = 0;       // of the directory's uncompressed size
};

inline std::string raw_deflate(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2 failed");
  }
  std::string out(deflateBound(&stream, content.size()) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate failed");
  return out;
}

inline std::string build_zip(const std::vector<ZipMember>& members) {
  std::string file;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string stored = member.deflate ? raw_deflate(member.content) : member.content;
    const auto offset = static_cast<uint32_t>(file.size());
    const auto crc = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(member.content.data()), member.content.size()));
    std::string common;
    append_le(common, uint16_t{20});
    append_le(common, member.flags);
    append_le(common, member.method_override ? member.method_override
                                             : static_cast<uint16_t>(member.deflate ? 8 : 0));
    append_le(common, uint32_t{0});
    append_le(common, crc + member.crc_change);
    append_le(common, static_cast<uint32_t>(stored.size()));
    append_le(common, static_cast<uint32_t>(static_cast<int64_t>(member.content.size()) +
                                            member.size_change));
    append_le(common, static_cast<uint16_t>(member.name.size()));
    append_le(common, uint16_t{0});
    append_le(file, zip::kLocalSignature);
    file += common + member.name + stored;
    append_le(directory, zip::kCentralSignature);
    append_le(directory, uint16_t{20});
    directory += common + std::string(10, '\0');
    append_le(directory, offset);
    directory += member.name;
  }
  const auto directory_offset = static_cast<uint32_t>(file.size());
  file += directory;
  append_le(file, zip::kEndSignature);
  append_le(file, uint32_t{0});
  append_le(file, static_cast<uint16_t>(members.size()));
  append_le(file, static_cast<uint16_t>(members.size()));
  append_le(file, static_cast<uint32_t>(directory.size()));
  append_le(file, directory_offset);
  append_le(file, uint16_t{0});
  return file;
}

}  // namespace gpst
