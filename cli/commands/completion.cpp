#include "cli/completion.h"

#include "cli/command_table.h"
#include "cli/commands/commands.h"

namespace gpst {
namespace {

Shell shell_of(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "bash") return Shell::bash;
  if (words.size() == 1 && words[0] == "zsh") return Shell::zsh;
  if (words.size() == 1 && words[0] == "fish") return Shell::fish;
  throw UsageError("'completion' expects one shell: bash, zsh or fish");
}

CommandResult run(const CommandContext& context) {
  return {.text = completion_script(shell_of(context.words), command_table())};
}

}  // namespace

Command completion_command() {
  return {.name = "completion",
          .summary = "completion script for bash, zsh or fish",
          .description = "Prints a script that completes commands and options in a shell.",
          .examples =
              {"gpstoken completion bash > ~/.local/share/bash-completion/completions/gpstoken"},
          .operands = "SHELL",
          .run = run,
          .computes = Command::Computes::no};
}

}  // namespace gpst
