// What the tests of io share: a folder of their own, raw files, and the message of an expected
// error.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/bytes.h"

namespace gpst {

class IoTest : public testing::Test {
 protected:
  IoTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("gpst_io.") + info->test_suite_name() + "." + info->name() + "." +
               std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~IoTest() override { std::filesystem::remove_all(folder_); }

  std::string path(std::string_view name) const { return folder_ / name; }

  // Writes a file of exactly these bytes and returns its path.
  std::string put(std::string_view name, std::string_view content) const {
    std::filesystem::remove(path(name));  // ext4 waits for the disk when a file is overwritten
    std::ofstream stream(path(name), std::ios::binary | std::ios::trunc);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    return path(name);
  }

  static std::string content_of(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  std::filesystem::path folder_;
};

// The message of the InputError that `action` throws; fails the test when it throws none.
inline std::string input_error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "expected an InputError, none was thrown";
  return "";
}

inline void expect_contains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos)
      << "in \"" << text << "\" expected \"" << part << '"';
}

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const std::span<const std::byte> bytes = as_byte_span(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace gpst
