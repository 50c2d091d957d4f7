// TensorBoard event files: scalars only, written here because the format is two length-prefixed
// records and three protobuf fields.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace gpst {

// One new file `events.out.tfevents.<seconds>.gpst` a run of the program; TensorBoard joins them.
class EventWriter {
 public:
  explicit EventWriter(const std::filesystem::path& folder);

  void scalar(int64_t step, std::string_view tag, float value);
  // IoError when the disk refuses.
  void flush();

 private:
  void write_record(std::string_view event);

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// The checksum of a record: CRC-32C, rotated and offset as TFRecord wants it.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace gpst
