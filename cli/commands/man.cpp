#include "cli/command_table.h"
#include "cli/commands/commands.h"
#include "cli/reference.h"
#include "layout_gen/layout_options.h"
#include "texture_gen/texture_options.h"
#include "tokenizer/config.h"

namespace gpst {
namespace {

// Sections of a model's configuration, which commands read but take no options for.
std::vector<OptionGroup> model_sections() {
  return {OptionGroup::of<TokenizerOptions>(
              "The tokenizer (`model:` in published files, `gpstoken:` beside a generator)",
              "tokenizer"),
          OptionGroup::of<TextureOptions>("The texture generator", "texture"),
          OptionGroup::of<LayoutOptions>("The layout generator", "layout")};
}

}  // namespace

Command man_command() {
  return {
      .name = "man",
      .summary = "the man page",
      .description = "Prints the manual page of every command.",
      .examples = {"gpstoken man | man -l -"},
      .run = [](const CommandContext&) { return CommandResult{.text = man_page(command_table())}; },
      .computes = Command::Computes::no};
}

Command docs_config_command() {
  return {.name = "docs-config",
          .summary = "docs/config.md",
          .description = "Prints every configuration key as a Markdown document.",
          .examples = {"gpstoken docs-config > docs/config.md"},
          .run =
              [](const CommandContext&) {
                return CommandResult{.text = config_reference(command_table(), model_sections())};
              },
          .listed = Command::Listed::no,
          .computes = Command::Computes::no};
}

}  // namespace gpst
