// The commands of gpstoken.
//
// To add one:
//   1. write cli/commands/<name>.cpp with a struct of options that has a visit() (base/config.h), a
//      function `CommandResult run(const CommandContext&)`, and a function `Command
//      <name>_command()` that describes both (cli/command.h says what each member is);
//   2. declare that function in cli/commands/commands.h and list the file in cli/CMakeLists.txt;
//   3. add one line below.
// Parsing, --help, --print-config, shell completion, the man page and docs/config.md follow.
#include "cli/command_table.h"

#include "cli/commands/commands.h"

namespace gpst {

const std::vector<Command>& command_table() {
  static const std::vector<Command> kTable = {
      sample_command(),        reconstruct_command(),     encode_command(),
      decode_command(),        visualize_command(),       evaluate_command(),
      extract_command(),       train_tokenizer_command(), train_layout_command(),
      train_texture_command(), export_command(),          info_command(),
      verify_command(),        doctor_command(),          completion_command(),
      man_command(),           docs_config_command(),
  };
  return kTable;
}

}  // namespace gpst
