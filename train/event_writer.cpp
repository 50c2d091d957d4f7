#include "train/event_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>

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

std::string new_file_in(const std::filesystem::path& folder) {
  create_directories(folder.string());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::string name = fmt::format("events.out.tfevents.{}.{}.gpst", seconds.count(), getpid());
  return (folder / name).string();
}

}  // namespace

uint32_t masked_crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = crc32c_table();
  uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  crc ^= 0xFFFFFFFFu;
  return std::rotr(crc, 15) + 0xA282EAD8u;
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
