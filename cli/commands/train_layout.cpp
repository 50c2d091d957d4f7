#include "cli/commands/commands.h"
#include "cli/token_training.h"
#include "cli/training_group.h"
#include "cli/training_setup.h"
#include "train/layout_stage.h"

namespace gpst {
namespace {

// What RUN/config.yaml holds: every key, resolved.
struct ResolvedConfig {
  LayoutTraining& training;
  void visit(FieldVisitor& v) {
    group(v, "layout", "layout model", training.layout);
    group(v, "train", "training", training.train);
    group(v, "data", "tokens", training.data);
    group(v, "time", "how t is drawn", training.time);
  }
};

CommandResult run(const CommandContext& context) {
  LayoutTraining training;
  training.layout = read_layout_options(context.config);
  training.train = train_options(context);
  training.data = context.options<TokenDataOptions>("data");
  training.time = context.options<TimeOptions>("time");
  TokenDataset tokens = open_tokens(context);
  training.layout.statistics = tokens.index().statistics.layout;
  LayoutStage stage(training, std::move(tokens));
  return run_training(context, {.stage = stage,
                                .train = training.train,
                                .config_yaml = to_yaml(ResolvedConfig{training}),
                                .classes = classes_of_tokens(context)});
}

}  // namespace

Command train_layout_command() {
  return {.name = "train-layout",
          .summary = "train a layout generator on tokens",
          .description =
              "Trains the net that proposes the Gaussians of a class, from the initial "
              "layouts of extracted tokens.",
          .examples = {"gpstoken train-layout --config configs/tiny64/layout.yaml --tokens tokens/ "
                       "-o runs/layout"},
          .groups = {OptionGroup::of<RunOptions>("Run", ""),
                     OptionGroup::of<GroupOptions>("Several processes", ""),
                     OptionGroup::of<TokenSourceOptions>("Tokens", ""),
                     OptionGroup::of<TrainOptions>("Training", "train"),
                     OptionGroup::of<TokenDataOptions>("Use of the tokens", "data"),
                     OptionGroup::of<TimeOptions>("Times", "time")},
          .aliases = {{"o", "output"}, {"steps", "iterations"}},
          .run = run};
}

}  // namespace gpst
