#include "cli/meeting_place.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"

namespace gpst {
namespace {

constexpr const char* kOneMachine = "127.0.0.1";
constexpr uint16_t kPort = 29500;  // torchrun's

std::optional<uint16_t> port_in(const std::string& text) {
  int port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port < 1 || port > 65535) return {};
  return static_cast<uint16_t>(port);
}

MeetingPlace of_option(const std::string& option) {
  const size_t colon = option.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : port_in(option.substr(colon + 1));
  if (!port || colon == 0) {
    throw UsageError(fmt::format(
        "--rendezvous {}: expected HOST:PORT, the machine of process 0 and a free port from 1 to "
        "65535",
        option));
  }
  return {option.substr(0, colon), *port};
}

MeetingPlace of_torchrun(const std::string& host, const Environment& environment) {
  const std::string text = environment("MASTER_PORT").value_or(std::to_string(kPort));
  const auto port = port_in(text);
  if (!port || host.empty()) {
    throw UsageError(fmt::format(
        "MASTER_ADDR=\"{}\", MASTER_PORT=\"{}\": expected a machine and a port from 1 to 65535; "
        "correct them, or say it with --rendezvous HOST:PORT",
        host, text));
  }
  return {host, *port};
}

// Jobs of one machine should not meet at one port.
uint16_t port_of_job(const std::string& job) {
  constexpr uint64_t kFirst = 20000, kCount = 20000;
  uint64_t number = 0;
  std::from_chars(job.data(), job.data() + job.size(), number);
  return static_cast<uint16_t>(kFirst + number % kCount);
}

}  // namespace

std::string first_machine(const std::string& list) {
  const size_t bracket = list.find('[');
  const std::string head = list.substr(0, list.find(','));
  if (bracket == std::string::npos || bracket > head.size()) return head;
  const size_t end_of_number = list.find_first_of("-,]", bracket);
  const size_t close = list.find(']', bracket);
  if (close == std::string::npos) return head;
  const std::string behind = list.substr(close + 1, list.find(',', close) - close - 1);
  return list.substr(0, bracket) + list.substr(bracket + 1, end_of_number - bracket - 1) + behind;
}

MeetingPlace meeting_place(const std::string& option, const Rank& rank,
                           const Environment& environment) {
  if (!option.empty()) return of_option(option);
  if (const auto host = environment("MASTER_ADDR")) return of_torchrun(*host, environment);
  if (rank.local_count == rank.count) return {kOneMachine, kPort};
  auto machines = environment("SLURM_STEP_NODELIST");
  if (!machines) machines = environment("SLURM_JOB_NODELIST");
  if (machines && !machines->empty()) {
    return {first_machine(*machines), port_of_job(environment("SLURM_JOB_ID").value_or("0"))};
  }
  throw UsageError(fmt::format(
      "{}, but nothing says where the processes meet: add --rendezvous HOST:PORT, the machine of "
      "process 0 and a free port there, or set MASTER_ADDR and MASTER_PORT",
      rank.variables));
}

}  // namespace gpst
