#include "cli/program.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/system.h"
#include "cli/device.h"
#include "cli/help.h"
#include "cli/layers.h"
#include "cli/parse.h"
#include "cli/report_error.h"

namespace gpst {
namespace {

// A result that cannot be written whole is a failure: `gpstoken ... > full-disk` must not exit 0.
// A reader that has seen enough (`| head`) is none.
void print_result(const std::string& text) {
  const size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  const bool complete = written == text.size() && std::fflush(stdout) == 0;
  if (!complete && errno != EPIPE) {
    throw IoError(fmt::format("cannot write the result to stdout: {}", std::strerror(errno)));
  }
}

std::string as_lines(std::string text) {
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

Log::Level level_of(const CommonOptions& common) {
  if (common.quiet) return Log::Level::quiet;
  return common.verbose ? Log::Level::verbose : Log::Level::normal;
}

// With --json an error is an object too, so that a script always finds one.
int fail(const ErrorReport& report, bool as_json) {
  std::fprintf(stderr, "gpstoken: %s\n", report.message.c_str());
  if (as_json) {
    const nlohmann::json object = {{"error", report.message}, {"exit_code", report.exit_status}};
    std::printf("%s\n",
                object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  return report.exit_status;
}

CommandResult execute(const Command& command, const ParsedLine& line, Config config,
                      const CommonOptions& common) {
  if (common.quiet && common.verbose) {
    throw UsageError("--quiet and --verbose exclude each other; give one");
  }
  Log log(level_of(common));
  const at::Device device = check_device(command, common, log);
  return command.run(
      {command, common, std::move(config), line.config_file, line.words, log, device});
}

int run_command(const Command& command, const std::vector<Command>& table,
                const std::vector<std::string>& words) {
  bool as_json = false;
  try {
    const ParsedLine line = parse_command_line(command, words);
    if (line.help) {
      print_result(command_help(command));
      return 0;
    }
    Config config = layered_config(command, table, line);
    CommonOptions common;
    config.read("", common);
    as_json = common.json;
    if (line.print_config) {
      print_result(print_config(command, config));
      return 0;
    }
    const CommandResult result = execute(command, line, std::move(config), common);
    print_result(as_lines(as_json ? result.json : result.text));
    return static_cast<int>(result.exit);
  } catch (...) {
    return fail(report_of(std::current_exception()), as_json);
  }
}

int run_help(const std::vector<Command>& table, const std::vector<std::string>& words) {
  const bool about_command = words.size() > 1 && words[0] == "help";
  print_result(about_command ? command_help(find_command(table, words[1])) : short_help(table));
  return 0;
}

int dispatch(const std::vector<Command>& table, const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
    return run_help(table, words);
  }
  if (words[0] == "--version" || words[0] == "version") {
    print_result(fmt::format("gpstoken {}\n{}\n", code_version(), cuda_summary()));
    return 0;
  }
  if (words[0].starts_with('-')) {
    throw UsageError(
        fmt::format("expected a command before '{}'; 'gpstoken help' lists them", words[0]));
  }
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  return run_command(find_command(table, words[0]), table, rest);
}

}  // namespace

int run_program(const std::vector<Command>& table, const std::vector<std::string>& words) {
  try {
    return dispatch(table, words);
  } catch (const UsageError& error) {
    const int status = fail(report_of(std::current_exception()), false);
    std::fprintf(stderr, "\n%s", short_help(table).c_str());
    return status;
  } catch (...) {
    return fail(report_of(std::current_exception()), false);
  }
}

}  // namespace gpst
