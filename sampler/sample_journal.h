// Which pictures of an unfinished file are done. Internal to the sampler.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "base/append_file.h"

namespace gpst {

// A text file: a line with the run's identity, then "INDEX CRC32" (hexadecimal) for each picture.
struct JournalContent {
  std::string identity;                  // "" when there is none that is whole
  std::map<int64_t, uint32_t> pictures;  // checksum by index
  int64_t whole_bytes = 0;               // of the lines understood, from the start
};

// What is left of an earlier run; a last line that was cut off does not count. Nothing when there
// is no file.
JournalContent read_journal(const std::filesystem::path& path);

// Adds to the file after the lines of `content`; writes the identity when there are none. add() may
// be called from several threads.
class SampleJournal {
 public:
  SampleJournal(const std::filesystem::path& path, const std::string& identity,
                const JournalContent& content);
  void add(int64_t index, uint32_t crc);

 private:
  std::mutex mutex_;
  AppendFile file_;
};

}  // namespace gpst
