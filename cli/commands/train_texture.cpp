#include <memory>
#include <optional>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/token_training.h"
#include "cli/training_group.h"
#include "cli/training_setup.h"
#include "sampler/model_folder.h"
#include "train/texture_stage.h"

namespace gpst {
namespace {

// What RUN/config.yaml holds: every key, resolved.
struct ResolvedConfig {
  TextureTraining& training;
  std::optional<SamplingOptions> sampling;  // how the model is to be sampled; export takes it over
  void visit(FieldVisitor& v) {
    if (sampling) group(v, "sampling", "how pictures are sampled", *sampling);
    group(v, "texture", "texture model", training.texture);
    group(v, "train", "training", training.train);
    group(v, "data", "tokens", training.data);
    group(v, "time", "how t is drawn", training.time);
  }
};

// What decodes the sample pictures on the way; training itself needs no tokenizer.
std::shared_ptr<const Tokenizer> sample_decoder(const CommandContext& context) {
  const auto files = context.options<TokenizerFiles>(kModelFilesPrefix);
  if (files.model.empty()) {
    context.log.info("no sample pictures on the way: --model names a folder with a tokenizer");
    return nullptr;
  }
  const ModelFolder model = ModelFolder::open(files, Config(), ModelFolder::ConfigFile::absent);
  Tokenizer tokenizer = Tokenizer::load(model.config(), model.tokenizer_weights(), context.log);
  if (!context.device.is_cpu()) tokenizer = tokenizer.to(context.device, at::kFloat);
  return std::make_shared<Tokenizer>(std::move(tokenizer));
}

CommandResult run(const CommandContext& context) {
  TextureTraining training;
  training.texture = read_texture_options(context.config);
  training.train = train_options(context);
  training.data = context.options<TokenDataOptions>("data");
  training.time = context.options<TimeOptions>("time");
  std::optional<SamplingOptions> sampling;
  if (context.config.has("sampling")) sampling = context.options<SamplingOptions>("sampling");
  if (sampling) sampling->check();
  TokenDataset tokens = open_tokens(context);
  training.texture.statistics = tokens.index().statistics.texture;
  TextureStage stage(training, std::move(tokens), sample_decoder(context));
  return run_training(context, {.stage = stage,
                                .train = training.train,
                                .config_yaml = to_yaml(ResolvedConfig{training, sampling}),
                                .classes = classes_of_tokens(context)});
}

}  // namespace

Command train_texture_command() {
  return {.name = "train-texture",
          .summary = "train a texture generator on tokens",
          .description =
              "Trains the net that fills a layout with the features of a class, from "
              "extracted tokens.",
          .examples = {"gpstoken train-texture --config configs/tiny64/texture.yaml --tokens "
                       "tokens/ --model models/tiny64 -o runs/texture"},
          .groups = {OptionGroup::of<RunOptions>("Run", ""),
                     OptionGroup::of<GroupOptions>("Several processes", ""),
                     OptionGroup::of<TokenSourceOptions>("Tokens", ""),
                     OptionGroup::of<TokenizerFiles>("Sample pictures", kModelFilesPrefix),
                     OptionGroup::of<TrainOptions>("Training", "train"),
                     OptionGroup::of<TokenDataOptions>("Use of the tokens", "data"),
                     OptionGroup::of<TimeOptions>("Times", "time")},
          .aliases = {{"o", "output"}, {"steps", "iterations"}},
          .run = run};
}

}  // namespace gpst
