// TensorBoard event files: scalars only, written here because the format is two length-prefixed
// records and three protobuf fields.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/append_file.h"

namespace gpst {

// One new file `events.out.tfevents.<seconds>.<process>.gpst` a run of the program; TensorBoard
// joins them.
class EventWriter {
 public:
  explicit EventWriter(const std::filesystem::path& folder);

  void scalar(int64_t step, std::string_view tag, float value);
  // Hands the records over to the system; IoError when it refuses.
  void flush();

 private:
  void add_record(std::string_view event);

  AppendFile file_;
  std::string pending_;  // records since the last flush
};

// Takes the scalars of steps after `step` out of the folder's event files, and what a killed writer
// left half written: a run that goes on from an earlier step writes them again. Files are replaced
// as a whole, or removed when no scalar is left. The folder may be absent.
void drop_events_after(const std::filesystem::path& folder, int64_t step);

// The checksum of a record: CRC-32C, rotated and offset as TFRecord wants it.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace gpst
