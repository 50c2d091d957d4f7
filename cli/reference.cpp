#include "cli/reference.h"

#include <fmt/format.h>

#include <set>

#include "base/system.h"
#include "cli/option_table.h"

namespace gpst {
namespace {

// Backslashes, leading dots and dashes have a meaning in troff.
std::string troff(const std::string& text) {
  std::string result;
  if (text.starts_with('.') || text.starts_with('\'')) result = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

std::string man_entry(const std::string& name, const std::string& text) {
  return fmt::format(".TP\n.B {}\n{}\n", troff(name), troff(text));
}

std::string option_text(const Option& option) {
  std::string text = option.doc.help;
  if (!option.doc.range.empty()) text += "; " + option.doc.range;
  if (!option.doc.default_value.empty())
    text += fmt::format(" (default {})", option.doc.default_value);
  return text;
}

std::string man_command_section(const Command& command) {
  std::string text = fmt::format(".SS {} {}\n{}\n", troff(command.name), troff(command.operands),
                                 troff(command.description));
  for (const std::string& example : command.examples) {
    text += fmt::format(".PP\n.EX\n{}\n.EE\n", troff(example));
  }
  for (const Option& option : options_of(command)) {
    if (!option.is_common()) text += man_entry("--" + option.name, option_text(option));
  }
  return text;
}

const char kExitCodes[] =
    ".SH EXIT STATUS\n"
    "0 done, 1 internal error, 2 usage, 3 bad configuration or input, 4 file system, 5 device or "
    "memory,\n6 training diverged, 7 done but some inputs were rejected, 130/143 stopped by a "
    "signal.\n";

std::string table_cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

void add_row(const Option& option, std::set<std::string>& seen, std::string& text) {
  if (!seen.insert(option.doc.key).second) return;
  text += fmt::format("| `{}` | `--{}` | {} | `{}` | {} | {} |\n", option.doc.key, option.name,
                      option.doc.type, table_cell(option.doc.default_value),
                      table_cell(option.doc.range), table_cell(option.doc.help));
}

// A section without options: its keys are given in YAML or with --set.
std::string model_section(const OptionGroup& model) {
  std::string text =
      fmt::format("\n## {}\n\n| key | type | default | range | meaning |\n|---|---|---|---|---|\n",
                  model.title);
  for (const FieldDoc& doc : model.fields) {
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", doc.key, doc.type,
                        table_cell(doc.default_value), table_cell(doc.range), table_cell(doc.help));
  }
  return text;
}

constexpr const char* kTableHead =
    "\n| key | option | type | default | range | meaning |\n|---|---|---|---|---|---|\n";

}  // namespace

std::string man_page(const std::vector<Command>& table) {
  std::string text = fmt::format(
      ".TH GPSTOKEN 1 \"\" \"gpstoken {}\"\n.SH NAME\n"
      "gpstoken \\- pictures as two\\-dimensional Gaussians, and their generation\n"
      ".SH SYNOPSIS\n.B gpstoken\n.I command\n[options]\n.SH COMMON OPTIONS\n",
      code_version());
  for (const ParserOption& option : parser_options()) {
    text += man_entry("--" + option.name + (option.argument.empty() ? "" : " " + option.argument),
                      option.help);
  }
  for (const Option& option : options_of(table.front())) {
    if (option.is_common()) text += man_entry("--" + option.name, option_text(option));
  }
  text += ".SH COMMANDS\n";
  for (const Command& command : table) {
    if (command.listed == Command::Listed::yes) text += man_command_section(command);
  }
  return text + kExitCodes;
}

std::string config_reference(const std::vector<Command>& table,
                             const std::vector<OptionGroup>& models) {
  std::string text =
      "# Configuration\n\n"
      "Made by `gpstoken docs-config`; do not edit.\n\n"
      "Every setting has one key. Options beat the environment, which beats YAML (`--config "
      "FILE`),\n"
      "which beats defaults. `--set KEY=VALUE` takes any key; the variable of a key is `GPST_` "
      "and\n"
      "the key or the option in capitals, `.` and `-` as `_`. `--print-config` shows each value "
      "and\n"
      "where it came from.\n\n## Common to all commands\n";
  std::set<std::string> seen;
  text += kTableHead;
  for (const Option& option : options_of(table.front())) {
    if (option.is_common()) add_row(option, seen, text);
  }
  for (const Command& command : table) {
    if (command.listed == Command::Listed::no || command.groups.empty()) continue;
    text += fmt::format("\n## {}\n\n{}\n{}", command.name, command.description, kTableHead);
    for (const Option& option : options_of(command)) add_row(option, seen, text);
  }
  for (const OptionGroup& model : models) text += model_section(model);
  return text;
}

}  // namespace gpst
