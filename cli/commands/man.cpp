#include "cli/command_table.h"
#include "cli/commands/commands.h"
#include "cli/reference.h"

namespace gpst {

Command man_command() {
  return {.name = "man",
          .summary = "the man page",
          .description = "Prints the manual page of every command.",
          .examples = {"gpstoken man | man -l -"},
          .run = [](const CommandContext&) {
            return CommandResult{.text = man_page(command_table())};
          }};
}

Command docs_config_command() {
  return {.name = "docs-config",
          .summary = "docs/config.md",
          .description = "Prints every configuration key as a Markdown document.",
          .examples = {"gpstoken docs-config > docs/config.md"},
          .run =
              [](const CommandContext&) {
                return CommandResult{.text = config_reference(command_table())};
              },
          .listed = Command::Listed::no};
}

}  // namespace gpst
