#include "train/event_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

TEST(EventWriter, checksum_of_the_standard_vector) {
  // CRC-32C of "123456789" is E3069283.
  const uint32_t crc = 0xE3069283u;
  EXPECT_EQ(masked_crc32c("123456789"), ((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
}

TEST(EventWriter, records_are_framed_and_checked) {
  TemporaryFolder folder;
  {
    EventWriter writer(folder.path());
    writer.scalar(7, "loss", 0.5f);
    writer.flush();
  }
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  EXPECT_EQ(file.filename().string().rfind("events.out.tfevents.", 0), 0u);
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  size_t position = 0;
  std::vector<std::string> events;
  while (position < bytes.size()) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data() + position, 8);
    uint32_t check = 0;
    std::memcpy(&check, bytes.data() + position + 8, 4);
    EXPECT_EQ(check, masked_crc32c(bytes.substr(position, 8)));
    events.push_back(bytes.substr(position + 12, length));
    std::memcpy(&check, bytes.data() + position + 12 + length, 4);
    EXPECT_EQ(check, masked_crc32c(events.back()));
    position += 16 + length;
  }
  ASSERT_EQ(events.size(), 2u);
  EXPECT_NE(events[0].find("brain.Event:2"), std::string::npos);
  EXPECT_NE(events[1].find("\x0a\x04loss\x15"), std::string::npos);
}

}  // namespace
}  // namespace gpst
