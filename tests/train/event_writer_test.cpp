#include "train/event_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/support/event_scalars.h"
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

TEST(EventWriter, what_came_after_a_step_can_be_taken_out) {
  TemporaryFolder folder;
  for (const int64_t first : {1, 200, 400}) {  // three runs of the program
    EventWriter writer(folder.path());
    for (int64_t step = first; step < first + 200; ++step) writer.scalar(step, "loss", 0.5f);
    writer.flush();
  }
  drop_events_after(folder.path(), 300);
  const auto scalars = event_scalars(folder.path());
  EXPECT_EQ(scalars.size(), 300U);
  EXPECT_TRUE(scalars.contains({300, "loss"}));
  EXPECT_FALSE(scalars.contains({301, "loss"}));
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "a file without scalars goes";
}

TEST(EventWriter, a_torn_end_is_taken_out_too) {
  TemporaryFolder folder;
  {
    EventWriter writer(folder.path());
    for (int64_t step = 1; step <= 3; ++step) writer.scalar(step, "loss", 0.5f);
    writer.flush();
  }
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size - 7);
  drop_events_after(folder.path(), 100);
  EXPECT_EQ(event_scalars(folder.path()).size(), 2U);
  EXPECT_LT(std::filesystem::file_size(file), size - 20);
  drop_events_after(folder / "absent", 1);
}

}  // namespace
}  // namespace gpst
