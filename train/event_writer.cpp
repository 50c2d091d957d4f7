#include "train/event_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

#include "base/files.h"

namespace gpst {
namespace {

std::array<uint32_t, 256> crc32c_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

// Protobuf: tag byte = field number << 3 | wire type (0 varint, 1 fixed64, 2 bytes, 5 fixed32).
std::string bytes_field(int number, std::string_view bytes) {
  return static_cast<char>(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
std::string event_head(int64_t step) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return "\x09" + little_endian(now) + "\x10" + varint(static_cast<uint64_t>(step));
}

constexpr const char* kNamePrefix = "events.out.tfevents.";

std::string new_file_in(const std::filesystem::path& folder) {
  create_directories(folder.string());
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count();
  // In containers the next process may well have the same number within the same second.
  for (;; ++seconds) {
    const auto file = folder / fmt::format("{}{}.{}.gpst", kNamePrefix, seconds, getpid());
    if (!std::filesystem::exists(file)) return file.string();
  }
}

// The record at the front of `bytes`: its event and how long it is with length and checksums. None
// when it is cut or damaged.
struct Record {
  std::string_view event;
  size_t size = 0;
};
template <class T>
T number_at(std::string_view bytes, size_t place) {
  T value;
  std::memcpy(&value, bytes.data() + place, sizeof(T));
  return value;
}
std::optional<Record> first_record(std::string_view bytes) {
  constexpr size_t kHead = 12, kTail = 4;  // length and its checksum; the event's checksum
  if (bytes.size() < kHead + kTail) return {};
  const auto length = number_at<uint64_t>(bytes, 0);
  if (masked_crc32c(bytes.substr(0, 8)) != number_at<uint32_t>(bytes, 8)) return {};
  if (length > bytes.size() - kHead - kTail) return {};
  const std::string_view event = bytes.substr(kHead, length);
  if (masked_crc32c(event) != number_at<uint32_t>(bytes, kHead + length)) return {};
  return Record{event, kHead + length + kTail};
}

// The step of an event as event_head() writes it: after the time, 9 bytes, and a tag byte.
int64_t step_of(std::string_view event) {
  uint64_t step = 0;
  for (size_t i = 10, shift = 0; i < event.size() && shift < 64; ++i, shift += 7) {
    const auto byte = static_cast<uint8_t>(event[i]);
    step |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) break;
  }
  return static_cast<int64_t>(step);
}

void drop_from_file(const std::string& path, int64_t step) {
  const std::string content = read_file(path);
  std::string kept;
  int records = 0;
  std::string_view rest = content;
  while (const auto record = first_record(rest)) {
    if (step_of(record->event) <= step) {
      kept += rest.substr(0, record->size);
      ++records;
    }
    rest.remove_prefix(record->size);
  }
  if (kept.size() == content.size()) return;
  constexpr int kVersionOnly = 1;  // the record every file begins with, of step 0
  if (records <= kVersionOnly) {
    remove_tree(path);
  } else {
    write_file_atomic(path, kept);
  }
}

}  // namespace

uint32_t masked_crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = crc32c_table();
  uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  crc ^= 0xFFFFFFFFu;
  return std::rotr(crc, 15) + 0xA282EAD8u;
}

void drop_events_after(const std::filesystem::path& folder, int64_t step) {
  if (!is_directory(folder.string())) return;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kNamePrefix) && name.ends_with(".gpst")) files.push_back(entry.path());
  }
  for (const std::string& file : files) drop_from_file(file, step);
}

EventWriter::EventWriter(const std::filesystem::path& folder)
    : file_(new_file_in(folder), /*keep=*/0) {
  add_record(event_head(0) + bytes_field(3, "brain.Event:2"));
}

void EventWriter::scalar(int64_t step, std::string_view tag, float value) {
  // Summary.Value { string tag = 1; float simple_value = 2; }
  const std::string entry = bytes_field(1, tag) + "\x15" + little_endian(value);
  add_record(event_head(step) + bytes_field(5, bytes_field(1, entry)));
}

void EventWriter::add_record(std::string_view event) {
  const std::string length = little_endian(static_cast<uint64_t>(event.size()));
  pending_ += length + little_endian(masked_crc32c(length)) + std::string(event) +
              little_endian(masked_crc32c(event));
}

void EventWriter::flush() {
  file_.append(pending_);
  pending_.clear();
}

}  // namespace gpst
