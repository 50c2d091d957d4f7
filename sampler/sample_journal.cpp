#include "sampler/sample_journal.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.h"

namespace gpst {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text, int base) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, base);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

// "INDEX CRC32".
std::optional<std::pair<int64_t, uint32_t>> entry_of(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto index = number_of<int64_t>(line.substr(0, blank), 10);
  const auto crc = number_of<uint32_t>(line.substr(blank + 1), 16);
  if (!index || !crc || line.size() - blank != 9) return std::nullopt;
  return std::pair(*index, *crc);
}

}  // namespace

JournalContent read_journal(const std::filesystem::path& path) {
  JournalContent content;
  if (!path_exists(path.string())) return content;
  const std::string text = read_file(path.string());
  for (size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos;
       start = end + 1) {
    const std::string_view line(text.data() + start, end - start);
    if (start == 0) {
      content.identity = line;
    } else if (const auto entry = entry_of(line)) {
      content.pictures[entry->first] = entry->second;
    } else {
      break;
    }
    content.whole_bytes = static_cast<int64_t>(end) + 1;
  }
  return content;
}

SampleJournal::SampleJournal(const std::filesystem::path& path, const std::string& identity,
                             const JournalContent& content)
    : file_(path.string(), content.whole_bytes) {
  if (content.whole_bytes == 0) file_.append(identity + "\n");
}

void SampleJournal::add(int64_t index, uint32_t crc) {
  const std::string line = fmt::format("{} {:08x}\n", index, crc);
  const std::lock_guard lock(mutex_);
  file_.append(line);
}

}  // namespace gpst
