#include "cli/completion.h"

#include <fmt/format.h>

#include "cli/option_table.h"

namespace gpst {
namespace {

std::vector<const Command*> listed(const std::vector<Command>& table) {
  std::vector<const Command*> commands;
  for (const Command& command : table) {
    if (command.listed == Command::Listed::yes) commands.push_back(&command);
  }
  return commands;
}

std::string joined_names(const std::vector<Command>& table) {
  std::string names = "help";
  for (const Command* command : listed(table)) names += " " + command->name;
  return names;
}

std::string long_options(const Command& command) {
  std::string text;
  for (const ParserOption& option : parser_options()) text += " --" + option.name;
  for (const Option& option : options_of(command)) text += " --" + option.name;
  return text.substr(1);
}

// "a b c" of a range "a | b | c", "" of any other.
std::string choices(const Option& option) {
  std::string text;
  if (option.doc.range.find(" | ") == std::string::npos) return text;
  for (const char c : option.doc.range) {
    if (c != '|') text += c;
  }
  return text;
}

// The same text for single quotes of a shell.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result;
}

std::string bash_script(const std::vector<Command>& table) {
  std::string text =
      "_gpstoken() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  text += fmt::format("    COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n", joined_names(table));
  text += "    return\n  fi\n  local options=\n  case $command in\n";
  for (const Command* command : listed(table)) {
    text += fmt::format("    {}) options='{}' ;;\n", command->name, long_options(*command));
  }
  text += fmt::format("    help) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                      joined_names(table));
  return text +
         "  esac\n"
         "  case $word in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _gpstoken gpstoken\n";
}

// Inside _arguments '[', ']' and ':' have a meaning of their own.
std::string zsh_help(const std::string& help) {
  std::string result;
  for (const char c : escaped(help)) {
    if (c == '[' || c == ']' || c == ':') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_option(const Option& option) {
  const std::string action = choices(option).empty() ? "_files" : "(" + choices(option) + ")";
  const std::string value = option.is_switch() ? "" : ":value:" + action;
  return fmt::format(" '--{}[{}]{}'", option.name, zsh_help(option.doc.help), value);
}

std::string zsh_script(const std::vector<Command>& table) {
  std::string text = "#compdef gpstoken\n_gpstoken() {\n  local -a commands\n  commands=(\n";
  for (const Command* command : listed(table)) {
    text += fmt::format("    '{}:{}'\n", command->name, zsh_help(command->summary));
  }
  text +=
      "    'help:explain a command'\n  )\n"
      "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  case $words[2] in\n";
  for (const Command* command : listed(table)) {
    text += fmt::format("    {}) _arguments", command->name);
    for (const ParserOption& option : parser_options()) {
      text += fmt::format(" '--{}[{}]{}'", option.name, zsh_help(option.help),
                          option.argument.empty() ? "" : ":value:_files");
    }
    for (const Option& option : options_of(*command)) text += zsh_option(option);
    text += " '*:file:_files' ;;\n";
  }
  return text + "  esac\n}\n_gpstoken \"$@\"\n";
}

std::string fish_option(const Command& command, const Option& option) {
  std::string text =
      fmt::format("complete -c gpstoken -n '__fish_seen_subcommand_from {}' -l {} -d '{}'",
                  command.name, option.name, escaped(option.doc.help));
  if (option.letter != 0) text += fmt::format(" -s {}", option.letter);
  if (!option.is_switch()) text += " -r";
  if (!choices(option).empty()) text += fmt::format(" -a '{}'", choices(option));
  return text + "\n";
}

std::string fish_script(const std::vector<Command>& table) {
  std::string text;
  for (const Command* command : listed(table)) {
    text += fmt::format("complete -c gpstoken -n __fish_use_subcommand -a {} -d '{}'\n",
                        command->name, escaped(command->summary));
    for (const ParserOption& option : parser_options()) {
      text += fmt::format(
          "complete -c gpstoken -n '__fish_seen_subcommand_from {}' -l {} -d '{}'{}\n",
          command->name, option.name, escaped(option.help), option.argument.empty() ? "" : " -r");
    }
    for (const Option& option : options_of(*command)) text += fish_option(*command, option);
  }
  return text;
}

}  // namespace

std::string completion_script(Shell shell, const std::vector<Command>& table) {
  if (shell == Shell::bash) return bash_script(table);
  return shell == Shell::zsh ? zsh_script(table) : fish_script(table);
}

}  // namespace gpst
