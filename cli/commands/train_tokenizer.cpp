#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/evaluate_request.h"
#include "cli/training_group.h"
#include "cli/training_setup.h"
#include "eval/weights_files.h"
#include "image/picture_source.h"
#include "train/tokenizer_stage.h"

namespace gpst {
namespace {

// What RUN/config.yaml holds: every key, resolved.
struct ResolvedConfig {
  TokenizerTraining& training;
  void visit(FieldVisitor& v) {
    group(v, "model", "tokenizer", training.tokenizer);
    group(v, "train", "training", training.train);
    group(v, "data", "pictures", training.data);
    group(v, "loss", "loss", training.loss);
  }
};

// Files of the networks that losses use.
struct NetworkFiles {
  std::string lpips, inception;
  void visit(FieldVisitor& v) {
    v.field({.name = "lpips", .help = "weights of LPIPS: one file, or trunk,linear layers"}, lpips);
    v.field({.name = "inception", .help = "weights of Inception (docs/evaluation.md)"}, inception);
  }
};

// find_weights(), and where it finds none what to do without them.
std::vector<std::string> files_of(WeightsKind kind, const std::string& given,
                                  const std::string& without) {
  try {
    return find_weights(kind, split_at_commas(given)).paths;
  } catch (const IoError& error) {
    throw IoError(fmt::format("{}\nTo train without this loss: --set {}", error.what(), without));
  }
}

LossNetworks networks_for(const LossOptions& loss, const NetworkFiles& files, at::Device device) {
  LossNetworks networks;
  if (loss.uses_lpips()) {
    networks.lpips = Lpips::load(files_of(WeightsKind::lpips_vgg16, files.lpips,
                                          "loss.discriminator.perceptual_weight=0"))
                         .to(device);
  }
  if (loss.uses_features()) {
    networks.inception = Inception::load(files_of(WeightsKind::inception, files.inception,
                                                  "loss.perceptual.target=none")
                                             .front())
                             .to(device);
  }
  return networks;
}

CommandResult run(const CommandContext& context) {
  TokenizerTraining training;
  training.tokenizer = read_tokenizer_options(context.config);
  training.train = train_options(context);
  training.data = context.options<PictureDataOptions>("data");
  training.loss = context.options<LossOptions>("loss");
  if (training.data.paths_or_file.empty()) {
    throw UsageError("--data: the pictures to train on are missing (a folder, tar or list file)");
  }
  if (context.config.has("data.params.size") &&
      training.data.size != training.tokenizer.tile_side()) {
    throw ConfigError("data.params.size and decoderconfig.resolution must be the same");
  }
  training.data.size = training.tokenizer.tile_side();
  training.loss.check();
  const auto files = context.options<NetworkFiles>("");
  TokenizerStage stage(training, networks_for(training.loss, files, training.train.device),
                       PictureSource::open({training.data.paths_or_file}), context.log);
  return run_training(
      context,
      {.stage = stage, .train = training.train, .config_yaml = to_yaml(ResolvedConfig{training})});
}

}  // namespace

Command train_tokenizer_command() {
  return {.name = "train-tokenizer",
          .summary = "train a tokenizer on pictures",
          .description =
              "Trains encoder and decoder from a folder, tar or list of pictures. "
              "Interrupted runs go on where they stopped.",
          .examples = {"gpstoken train-tokenizer --config configs/tiny64/tokenizer.yaml --data "
                       "pictures.tar -o runs/tokenizer"},
          .groups = {OptionGroup::of<RunOptions>("Run", ""),
                     OptionGroup::of<GroupOptions>("Several processes", ""),
                     OptionGroup::of<TrainOptions>("Training", "train"),
                     OptionGroup::of<PictureDataOptions>("Pictures", "data"),
                     OptionGroup::of<LossOptions>("Loss", "loss"),
                     OptionGroup::of<NetworkFiles>("Networks of losses", "")},
          .aliases = {{"o", "output"}, {"data", "params_paths_or_file"}, {"steps", "iterations"}},
          .run = run};
}

}  // namespace gpst
