#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/outputs.h"
#include "cli/rejects.h"
#include "cli/run_facts.h"
#include "cli/token_file.h"
#include "cli/token_inputs.h"
#include "cli/tokenizer_setup.h"
#include "sampler/tokenizer_batches.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct DecodeCommandOptions {
  std::vector<std::string> input;
  std::string output;
  bool round = false;
  bool any_model = false;
  BatchOption batch;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "input", .help = "token files, or folders of them"}, input);
    visitor.field({.name = "output", .help = "folder for the pictures"}, output);
    visitor.field({.name = "round", .help = "round to 8 bits instead of truncating as published"},
                  round);
    visitor.field({.name = "any_model", .help = "decode tokens that another tokenizer made"},
                  any_model);
    batch.visit(visitor);
  }
};

// The tokens of a file that this tokenizer may decode.
TokenFile checked_file(const TokenInput& input, const DecodeCommandOptions& options,
                       const LoadedTokenizer& model) {
  TokenFile file = read_token_file(input.path.string());
  if (file.weights_id != model.weights_id && !options.any_model) {
    throw InputError(
        fmt::format("{} was made by the tokenizer with checksum {}, this one is {} ({}); give the "
                    "right --model, "
                    "or --any-model to decode nevertheless",
                    input.path.string(), file.weights_id, model.weights_id, model.name));
  }
  return file;
}

// One call of `decode`: what its parts share.
struct DecodeJob {
  const DecodeCommandOptions& options;
  const std::vector<TokenInput>& inputs;
  const std::vector<fs::path>& paths;
  const LoadedTokenizer& model;
  Rejects& rejects;

  using Loaded = std::optional<EncodedPicture>;  // none: rejected

  Rounding rounding() const { return options.round ? Rounding::nearest : Rounding::truncate; }
  const TokenInput& input(int64_t i) const { return inputs[static_cast<size_t>(i)]; }

  Loaded load(int64_t i) const {
    try {
      return checked_file(input(i), options, model).picture;
    } catch (const InputError& error) {
      rejects.add(input(i).path.string(), error.what());
      return {};
    }
  }
  BatchedPicture make(const Loaded& loaded) const {
    if (!loaded) return {};
    return {.decoded = picture_from(model.tokenizer.decode(*loaded), rounding())};
  }
  Pending<BatchedPicture> start(TokenizerBatches& batches, std::span<const Loaded> loaded) const {
    std::vector<EncodedPicture> pictures;
    std::vector<bool> usable;
    for (const Loaded& picture : loaded) {
      usable.push_back(picture.has_value());
      if (picture) pictures.push_back(*picture);
    }
    return at_places(batches.decode(pictures, rounding()), std::move(usable));
  }
  void finish(int64_t i, const Loaded& loaded, const BatchedPicture& made) const {
    if (!loaded) return;
    if (!made.problem.empty()) return rejects.add(input(i).path.string(), made.problem);
    write(i, made.decoded);
  }
  void write(int64_t i, const Picture8& picture) const {
    const Provenance provenance = {.command = "decode",
                                   .model = model.name,
                                   .weights_id = model.weights_id,
                                   .settings = fmt::format("round: {}\n", options.round),
                                   .device = model.place.device_kind(),
                                   .dtype = model.place.type_name(),
                                   .source = input(i).stem};
    write_png(ready_to_write(paths[static_cast<size_t>(i)]), picture, provenance.text());
  }
};

void decode_all(const CommandContext& context, const DecodeJob& job) {
  // How large the pictures are only their files know; most have one tile.
  const PipelineSize size = pipeline_size(
      context, job.model, job.options.batch,
      {static_cast<int64_t>(job.inputs.size()), job.model.tokenizer.options().tile_side()});
  run_tokenizer_job(context, "decode", job, job.model.tokenizer, size);
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
  if (context.common.dry_run) {
    return counted_result(rejects, total, "would have decoded", {{"dry_run", true}});
  }

  rejects.start();
  const WorkMeter meter;
  decode_all(context, {options, inputs, paths, model, rejects});
  return counted_result(rejects, total, "decoded",
                        run_facts(model.place, meter.cost(context.common.worker_threads())));
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
