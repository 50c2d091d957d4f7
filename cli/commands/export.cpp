#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands/commands.h"
#include "sampler/model_folder.h"
#include "sampler/self_check.h"
#include "train/export_model.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<DType>, 3> kTypes{
    {{DType::f16, "fp16"}, {DType::bf16, "bf16"}, {DType::f32, "fp32"}}};

struct ExportCommandOptions {
  std::vector<std::string> runs;
  std::string output;
  ExportOptions model;

  void visit(FieldVisitor& v) {
    v.field({.name = "runs", .help = "folders of training runs, or checkpoints"}, runs);
    v.field({.name = "output", .help = "the model folder"}, output);
    enum_field(v, {.name = "weights", .help = "number format of the weights"}, model.dtype, kTypes);
    v.field({.name = "class_table", .help = "classes.tsv to put into the folder"}, model.classes);
    v.field(
        {.name = "sampling_config",
         .help = "YAML whose section sampling: the model takes; that of the texture run without"},
        model.sampling_config);
    v.field({.name = "note", .help = "a sentence for the model card: data, licence, purpose"},
            model.note);
  }
};

// What the model gives now, for `gpstoken verify` on other machines and later versions.
void record_self_check(const std::filesystem::path& folder, Log& log) {
  if (!path_exists((folder / "tokenizer.safetensors").string())) return;
  const ModelFolder model = ModelFolder::open(TokenizerFiles{.model = folder.string()}, Config(),
                                              ModelFolder::ConfigFile::absent);
  write_self_check((folder / kSelfCheckFile).string(), run_self_check(model, log));
}

CommandResult run(const CommandContext& context) {
  const auto options = context.options<ExportCommandOptions>("");
  if (options.runs.empty())
    throw UsageError("no training runs named: gpstoken export RUN... -o MODELDIR");
  if (options.output.empty()) throw UsageError("-o, --output: the model folder is missing");
  if (context.common.dry_run) {
    const nlohmann::json plan = {
        {"dry_run", true}, {"runs", options.runs}, {"output", options.output}};
    return {.text = fmt::format("would export {} runs to {}", options.runs.size(), options.output),
            .json = plan.dump(2)};
  }
  const std::vector<std::filesystem::path> runs(options.runs.begin(), options.runs.end());
  const auto parts = export_model(runs, options.model, options.output, context.log);
  record_self_check(options.output, context.log);
  nlohmann::json report = {{"output", options.output}, {"parts", nlohmann::json::array()}};
  for (const ExportedPart& part : parts) {
    report["parts"].push_back(
        {{"stage", part.stage}, {"run", part.run.string()}, {"step", part.step}});
  }
  return {.text = fmt::format("{}: {} parts written", options.output, parts.size()),
          .json = report.dump(2)};
}

}  // namespace

Command export_command() {
  return {
      .name = "export",
      .summary = "model folder from training runs",
      .description =
          "Puts the averaged weights of runs, their settings and statistics into a "
          "model folder, with a self-check for 'gpstoken verify'. Parts that are there "
          "already stay. Of a run the latest checkpoint is taken; RUN/checkpoints/best names the "
          "one with the best held-out metric.",
      .examples = {"gpstoken export runs/tokenizer runs/layout runs/texture -o models/mine"},
      .operands = "RUN...",
      .operands_option = "runs",
      .groups = {OptionGroup::of<ExportCommandOptions>("Export", "")},
      .aliases = {{"o", "output"}},
      .run = run,
      .computes = Command::Computes::no};
}

}  // namespace gpst
