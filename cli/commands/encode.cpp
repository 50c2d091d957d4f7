#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/outputs.h"
#include "cli/picture_command.h"
#include "cli/rejects.h"
#include "cli/token_file.h"
#include "cli/tokenizer_setup.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct EncodeCommandOptions {
  std::vector<std::string> input;
  std::string output;
  EncodingOptions encoding;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "input", .help = "files, folders, tar files or lists of paths"}, input);
    visitor.field({.name = "output", .help = "folder for the token files"}, output);
    encoding.visit(visitor);
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
  if (context.common.dry_run) return counted_result(rejects, source.size(), "would have encoded");

  rejects.start();
  for_each_picture(context, "encode", source.size(), [&](int64_t i) {
    try {
      const Picture8 crop = load_crop(source, i, options.encoding, side);
      const EncodedPicture encoded = model.tokenizer.encode(picture_tensor(crop), encoding);
      write_token_file(ready_to_write(paths[static_cast<size_t>(i)]),
                       {encoded, side, model.weights_id});
    } catch (const InputError& error) {
      rejects.add(source.location(i), error.what());
    }
  });
  return counted_result(rejects, source.size(), "encoded");
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
