#include "base/storage_faults.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"

namespace gpst {
namespace {

constexpr std::array<std::pair<std::string_view, StorageCall>, 7> kCalls{{
    {"open", StorageCall::open},
    {"write", StorageCall::write},
    {"fsync", StorageCall::fsync},
    {"rename", StorageCall::rename},
    {"mkdir", StorageCall::mkdir},
    {"close", StorageCall::close},
    {"remove", StorageCall::remove},
}};

constexpr std::array<std::pair<std::string_view, Fault>, 5> kFaults{{
    {"ENOSPC", {ENOSPC, false}},
    {"EIO", {EIO, false}},
    {"EACCES", {EACCES, false}},
    {"EDQUOT", {EDQUOT, false}},
    {"KILL", {0, true}},
}};

template <class Value, std::size_t n>
Value look_up(const std::array<std::pair<std::string_view, Value>, n>& table, std::string_view name,
              std::string_view rule) {
  std::string names;
  for (const auto& [known, value] : table) {
    if (known == name) return value;
    names += fmt::format(" {}", known);
  }
  throw ConfigError(
      fmt::format("GPST_TEST_FAULTS: \"{}\": expected one of{}; found \"{}\"", rule, names, name));
}

// The text up to `separator`, taken off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

}  // namespace

StorageFaults::StorageFaults(std::string_view specification) {
  while (!specification.empty()) {
    const std::string_view rule = take(specification, ',');
    std::string_view rest = rule;
    const StorageCall call = look_up(kCalls, take(rest, ':'), rule);
    std::string_view number = take(rest, ':');
    const bool and_later = number.ends_with('+');
    if (and_later) number.remove_suffix(1);
    std::int64_t first = 0;
    const char* const end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, first);
    if (parsed.ec != std::errc{} || parsed.ptr != end || first < 1) {
      throw ConfigError(fmt::format(
          "GPST_TEST_FAULTS: \"{}\": expected kind:n:what with n from 1, as write:3:ENOSPC", rule));
    }
    rules_.push_back({call, first, and_later, look_up(kFaults, rest, rule)});
  }
}

Fault StorageFaults::next(StorageCall call) {
  if (rules_.empty()) return {};
  const std::lock_guard lock(mutex_);
  const std::int64_t number = ++counts_[call];
  for (const Rule& rule : rules_) {
    const bool hit = rule.and_later ? number >= rule.first : number == rule.first;
    if (rule.call == call && hit) return rule.fault;
  }
  return {};
}

namespace {

std::unique_ptr<StorageFaults>& present_faults() {
  static const char* const specification = std::getenv("GPST_TEST_FAULTS");
  static auto faults = std::make_unique<StorageFaults>(specification ? specification : "");
  return faults;
}

}  // namespace

StorageFaults& process_faults() { return *present_faults(); }

void set_process_faults(std::string_view specification) {
  present_faults() = std::make_unique<StorageFaults>(specification);
}

}  // namespace gpst
