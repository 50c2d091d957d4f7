#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/describe_file.h"

namespace gpst {
namespace {

CommandResult run(const CommandContext& context) {
  if (context.words.size() != 1) {
    throw UsageError("'info' expects one file or folder: gpstoken info FILE");
  }
  const nlohmann::ordered_json description = describe_path(context.words[0]);
  const auto replace = nlohmann::ordered_json::error_handler_t::replace;
  return {.text = as_text(description), .json = description.dump(2, ' ', false, replace)};
}

}  // namespace

Command info_command() {
  return {.name = "info",
          .summary = "what a file or folder of this program is",
          .description =
              "Says what a weights file, token file, layout store, npz, checkpoint, model folder, "
              "shard folder or picture is, without loading it. For a PNG made by this program it "
              "prints the settings it was made with.",
          .examples = {"gpstoken info models/tiny64", "gpstoken info out/imgs/photo.png"},
          .operands = "FILE",
          .run = run,
          .computes = Command::Computes::no};
}

}  // namespace gpst
