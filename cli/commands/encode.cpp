#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/outputs.h"
#include "cli/picture_command.h"
#include "cli/rejects.h"
#include "cli/run_facts.h"
#include "cli/token_file.h"
#include "cli/tokenizer_setup.h"
#include "sampler/tokenizer_batches.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct EncodeCommandOptions {
  std::vector<std::string> input;
  std::string output;
  BatchOption batch;
  EncodingOptions encoding;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "input", .help = "files, folders, tar files or lists of paths"}, input);
    visitor.field({.name = "output", .help = "folder for the token files"}, output);
    encoding.visit(visitor);
    batch.visit(visitor);
  }
};

std::vector<fs::path> output_paths(const PictureSource& source, const std::string& folder) {
  std::vector<fs::path> paths;
  for (int64_t i = 0; i < source.size(); ++i) {
    paths.push_back(fs::path(folder) /
                    with_extension(source.item(i).relative_path, ".safetensors"));
  }
  return paths;
}

// One call of `encode`: what its parts share.
struct EncodeJob {
  const PictureSource& source;
  const std::vector<fs::path>& paths;
  const EncodingOptions& options;
  const EncodeOptions& encoding;
  const LoadedTokenizer& model;
  int64_t side;
  Rejects& rejects;

  // The crop of a picture, unless it was rejected.
  struct Loaded {
    at::Tensor values = {};  // [3,side,side]
    bool usable() const { return values.defined(); }
  };

  Loaded load(int64_t i) const {
    try {
      return {picture_tensor(load_crop(source, i, options, side))};
    } catch (const InputError& error) {
      rejects.add(source.location(i), error.what());
      return {};
    }
  }
  BatchedPicture make(const Loaded& loaded) const {
    if (!loaded.usable()) return {};
    return {.encoded = model.tokenizer.encode(loaded.values, encoding)};
  }
  Pending<BatchedPicture> start(TokenizerBatches& batches, std::span<const Loaded> loaded) const {
    std::vector<at::Tensor> values;
    std::vector<bool> usable;
    for (const Loaded& picture : loaded) {
      usable.push_back(picture.usable());
      if (picture.usable()) values.push_back(picture.values);
    }
    return at_places(batches.encode(values, encoding), std::move(usable));
  }
  void finish(int64_t i, const Loaded& loaded, const BatchedPicture& made) const {
    if (!loaded.usable()) return;
    if (!made.problem.empty()) return rejects.add(source.location(i), made.problem);
    write(i, *made.encoded);
  }
  void write(int64_t i, const EncodedPicture& encoded) const {
    write_token_file(ready_to_write(paths[static_cast<size_t>(i)]),
                     {encoded, side, model.weights_id});
  }
};

CommandResult run(const CommandContext& context) {
  const auto options = context.options<EncodeCommandOptions>("encode");
  if (options.input.empty()) throw UsageError("nothing to encode: name pictures or a folder");
  if (options.output.empty()) throw UsageError("where to? Give the folder for tokens with -o DIR");
  const PictureSource source = PictureSource::open(options.input);
  const std::vector<fs::path> paths = output_paths(source, options.output);
  refuse_existing(paths, context.common);
  const LoadedTokenizer model =
      load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
  const int64_t side = picture_side(options.encoding, model.tokenizer);
  const EncodeOptions encoding = encode_options(options.encoding, side);
  Rejects rejects(options.output, context.log);
  if (context.common.dry_run) {
    return counted_result(rejects, source.size(), "would have encoded", {{"dry_run", true}});
  }

  rejects.start();
  const WorkMeter meter;
  const EncodeJob job{source, paths, options.encoding, encoding, model, side, rejects};
  run_tokenizer_job(context, "encode", job, model.tokenizer,
                    pipeline_size(context, model, options.batch, {source.size(), side}));
  return counted_result(rejects, source.size(), "encoded",
                        run_facts(model.place, meter.cost(context.common.worker_threads())));
}

}  // namespace

Command encode_command() {
  return picture_command(
      {.name = "encode",
       .summary = "pictures to token files",
       .description =
           "Encodes each picture into a safetensors file of Gaussian tokens, REL.safetensors, "
           "that decode, visualize and info read. Existing files need --overwrite.",
       .examples = {"gpstoken encode photos/ --model models/tiny64 -o tokens/"},
       .groups = {OptionGroup::of<EncodeCommandOptions>("Options", "encode")},
       .run = run});
}

}  // namespace gpst
