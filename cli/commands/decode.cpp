#include <ATen/ATen.h>
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/outputs.h"
#include "cli/rejects.h"
#include "cli/token_file.h"
#include "cli/token_inputs.h"
#include "cli/tokenizer_setup.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct DecodeCommandOptions {
  std::vector<std::string> input;
  std::string output;
  bool round = false;
  bool any_model = false;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "input", .help = "token files, or folders of them"}, input);
    visitor.field({.name = "output", .help = "folder for the pictures"}, output);
    visitor.field({.name = "round", .help = "round to 8 bits instead of truncating as published"},
                  round);
    visitor.field({.name = "any_model", .help = "decode tokens that another tokenizer made"},
                  any_model);
  }
};

Picture8 decode_file(const TokenInput& input, const DecodeCommandOptions& options,
                     const LoadedTokenizer& model) {
  const TokenFile file = read_token_file(input.path.string());
  if (file.weights_id != model.weights_id && !options.any_model) {
    throw InputError(
        fmt::format("{} was made by the tokenizer with checksum {}, this one is {} ({}); give the "
                    "right --model, "
                    "or --any-model to decode nevertheless",
                    input.path.string(), file.weights_id, model.weights_id, model.name));
  }
  return picture_from(model.tokenizer.decode(file.picture),
                      options.round ? Rounding::nearest : Rounding::truncate);
}

CommandResult run(const CommandContext& context) {
  const auto options = context.options<DecodeCommandOptions>("decode");
  if (options.input.empty()) throw UsageError("nothing to decode: name token files or a folder");
  if (options.output.empty())
    throw UsageError("where to? Give the folder for pictures with -o DIR");
  const std::vector<TokenInput> inputs = find_token_files(options.input);
  std::vector<fs::path> paths;
  for (const TokenInput& input : inputs) {
    paths.push_back(fs::path(options.output) / (input.stem + ".png"));
  }
  refuse_existing(paths, context.common);
  const LoadedTokenizer model =
      load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
  const auto total = static_cast<int64_t>(inputs.size());
  Rejects rejects(options.output, context.log);
  if (context.common.dry_run) return counted_result(rejects, total, "would have decoded");

  rejects.start();
  for_each_picture(context, "decode", total, [&](int64_t i) {
    const TokenInput& input = inputs[static_cast<size_t>(i)];
    try {
      const Provenance provenance = {.command = "decode",
                                     .model = model.name,
                                     .weights_id = model.weights_id,
                                     .settings = fmt::format("round: {}\n", options.round),
                                     .source = input.stem};
      write_png(ready_to_write(paths[static_cast<size_t>(i)]), decode_file(input, options, model),
                provenance.text());
    } catch (const InputError& error) {
      rejects.add(input.path.string(), error.what());
    }
  });
  return counted_result(rejects, total, "decoded");
}

}  // namespace

Command decode_command() {
  return {.name = "decode",
          .summary = "token files to pictures",
          .description =
              "Decodes token files written by encode (or reconstruct --save-tokens) into pictures, "
              "REL.png. The tokenizer must be the one that made them.",
          .examples = {"gpstoken decode tokens/ --model models/tiny64 -o pictures/"},
          .operands = "FILE...",
          .operands_option = "input",
          .groups = {OptionGroup::of<TokenizerFiles>("Model", kModelFilesPrefix),
                     OptionGroup::of<DecodeCommandOptions>("Options", "decode")},
          .aliases = {{"i", "input"},
                      {"o", "output"},
                      {"m", "model"},
                      {"model_path", "tokenizer"},
                      {"gpstoken_path", "tokenizer"}},
          .run = run};
}

}  // namespace gpst
