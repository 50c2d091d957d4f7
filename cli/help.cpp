#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/system.h"
#include "cli/option_table.h"

namespace gpst {
namespace {

constexpr size_t kOptionColumn = 30;
constexpr size_t kLineWidth = 96;

// Breaks `text` at blanks into lines that start at `column`; the cursor already stands there.
std::string wrapped(const std::string& text, size_t column) {
  std::string result;
  size_t at = column;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(' ', start), text.size());
    const size_t length = end - start;
    if (at > column && at + 1 + length > kLineWidth) {
      result += "\n" + std::string(column, ' ');
      at = column;
    } else if (at > column) {
      result += ' ';
      ++at;
    }
    result.append(text, start, length);
    at += length;
    start = end + 1;
  }
  return result;
}

std::string option_line(const std::string& left, const std::string& right) {
  std::string line = "  " + left;
  if (line.size() + 2 > kOptionColumn) {
    line += "\n" + std::string(kOptionColumn, ' ');
  } else {
    line.resize(kOptionColumn, ' ');
  }
  return line + wrapped(right, kOptionColumn) + "\n";
}

std::string names_of(char letter, const std::string& name, const std::string& argument) {
  const std::string start = letter == 0 ? "    " : fmt::format("-{}, ", letter);
  return fmt::format("{}--{}{}{}", start, name, argument.empty() ? "" : " ", argument);
}

std::string argument_of(const Option& option) {
  if (option.is_switch()) return "";
  if (option.doc.type.find("integer") != std::string::npos) return option.is_list() ? "N,.." : "N";
  return option.is_number() ? (option.is_list() ? "X,.." : "X") : "TEXT";
}

std::string explanation(const Option& option) {
  std::string text = option.doc.help;
  if (!option.doc.range.empty()) text += fmt::format("; {}", option.doc.range);
  if (option.is_list()) text += "; may be repeated";
  const std::string& value = option.doc.default_value;
  const bool empty = value.empty() || value == "\"\"" || value == "[]" || value == "null";
  if (option.is_switch() && value == "true") text += fmt::format(" (on; --no-{})", option.name);
  if (!option.is_switch() && !empty) text += fmt::format(" (default {})", value);
  for (const std::string& alias : option.aliases) text += fmt::format(" [also --{}]", alias);
  return text;
}

std::string options_text(const Command& command) {
  std::string text;
  std::string group;
  std::string common;
  for (const Option& option : options_of(command)) {
    const std::string line =
        option_line(names_of(option.letter, option.name, argument_of(option)), explanation(option));
    if (option.is_common()) {
      common += line;
      continue;
    }
    if (option.group != group) text += fmt::format("\n{}:\n", option.group);
    group = option.group;
    text += line;
  }
  text += fmt::format("\n{}:\n", kCommonGroup);
  for (const ParserOption& option : parser_options()) {
    text += option_line(names_of(option.letter, option.name, option.argument), option.help);
  }
  return text + common;
}

}  // namespace

std::string short_help(const std::vector<Command>& table) {
  std::string text = fmt::format(
      "gpstoken {}: pictures as two-dimensional Gaussians, and their generation\n\n"
      "  gpstoken reconstruct photo.jpg --model models/tiny64 -o out/\n"
      "  gpstoken sample --model models/tiny64 --classes lion --count 8 --grid -o out/\n\n"
      "Commands:\n",
      code_version());
  for (const Command& command : table) {
    if (command.listed == Command::Listed::no) continue;
    text += fmt::format("  {:<18}{}\n", command.name, command.summary);
  }
  return text + "\n'gpstoken COMMAND --help' explains a command.\n";
}

std::string command_help(const Command& command) {
  std::string text = fmt::format("Usage: gpstoken {}{}{} [options]\n\n{}\n", command.name,
                                 command.operands.empty() ? "" : " ", command.operands,
                                 wrapped(command.description, 0));
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const std::string& example : command.examples) text += fmt::format("  {}\n", example);
  return text + options_text(command) +
         "\nOptions beat the environment (GPST_<OPTION>), which beats --config, which beats "
         "defaults.\n";
}

const Command& find_command(const std::vector<Command>& table, const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : table) {
    if (command.name == name) return command;
    if (command.listed == Command::Listed::yes) names.push_back(command.name);
  }
  throw UsageError(
      fmt::format("'{}' is not a command of gpstoken{}", name, did_you_mean(name, names)));
}

}  // namespace gpst
