#include "train/extract.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/launch_timeout.h"
#include "cli/outputs.h"
#include "cli/picture_labels.h"
#include "cli/run_facts.h"
#include "cli/sample_request.h"
#include "cli/shard_of_launch.h"
#include "cli/tokenizer_setup.h"
#include "layout_gen/layout_store.h"
#include "train/held_out.h"
#include "train/token_dataset.h"
#include "train/tokenizer_hash.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr std::array<EnumName<DType>, 2> kTypes{{{DType::f32, "fp32"}, {DType::f16, "fp16"}}};

struct ExtractCommandOptions {
  std::vector<std::string> input;
  std::string output;
  std::string class_table;
  int64_t held_out = 0;
  std::string layouts;
  std::string shard;  // "" as the launcher's variables say, else all
  LaunchTimeout timeout;
  ExtractOptions extract;
  BatchOption batch;

  void visit(FieldVisitor& v) {
    v.field({.name = "input", .help = "pictures: folders, tars, lists or files"}, input);
    v.field({.name = "output", .help = "folder of the token shards"}, output);
    v.field(
        {.name = "class_table",
         .help = "classes.tsv that gives labels; the model's own, else the sorted folder names"},
        class_table);
    v.field({.name = "held_out",
             .help = "pictures to leave out, those that training of the tokenizer kept aside",
             .min = 0},
            held_out);
    v.field({.name = "flips", .help = "the mirrored pictures too"}, extract.flips);
    v.field({.name = "shard_size", .help = "pictures a shard", .min = 1, .max = 1e7},
            extract.shard_size);
    v.field({.name = "tokens",
             .help = "tokens of a picture; the model's own number without",
             .min = 1,
             .max = 65536},
            extract.tokens);
    enum_field(v, {.name = "token_type", .help = "number format of shards and layout store"},
               extract.dtype, kTypes);
    v.field({.name = "layouts", .help = "also write a layout store to this file"}, layouts);
    v.field({.name = "shard",
             .help = "i/n: process i of n that extract into one folder together; without: as the "
                     "launcher says"},
            shard);
    timeout.visit(v);
    batch.visit(v);
  }
};

void check(const ExtractCommandOptions& options) {
  if (options.input.empty()) {
    throw UsageError("no pictures named: gpstoken extract INPUT... -o DIR");
  }
  if (options.output.empty()) throw UsageError("-o, --output: the folder of the tokens is missing");
}

// Initial Gaussians of the pictures as they are, not mirrored, by class.
void write_layouts(const std::string& path, const fs::path& tokens, DType dtype) {
  const TokenDataset data = TokenDataset::open(tokens);
  std::vector<at::Tensor> layouts;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < data.size(); ++i) {
    TokenBatch row = data.batch({{.index = i}});
    layouts.push_back(std::move(row.initial));  // [1,l,5]
    labels.push_back(row.labels.front());
  }
  write_layout_store(ready_to_write(path), at::cat(layouts), labels, data.index().classes,
                     dtype == DType::f16 ? StoreType::float16 : StoreType::float32);
}

// Of a process other than 0: the rest of the launch is to go on whatever was rejected.
CommandResult result_of_part(const ExtractReport& report, Shard part, const std::string& output,
                             nlohmann::json json) {
  json["part"] = shard_text(part);
  return {.text = fmt::format(
              "{}: part {}: tokens of {} pictures in {} shards, {} rejected; process 0 completes "
              "the folder",
              output, shard_text(part), report.pictures, report.shards, report.rejected),
          .json = json.dump(2)};
}

CommandResult result_of(const ExtractReport& report, Shard part, const std::string& output,
                        const nlohmann::json& facts) {
  nlohmann::json json = {{"n_samples", report.pictures},
                         {"rejected", report.rejected},
                         {"shards", report.shards},
                         {"output", output}};
  json.update(facts);
  if (part.number != 0) return result_of_part(report, part, output, json);
  return {.text = fmt::format("{}: tokens of {} pictures in {} shards, {} rejected", output,
                              report.pictures, report.shards, report.rejected),
          .json = json.dump(2),
          .exit = report.rejected > 0 ? ExitCode::partial : ExitCode::ok};
}

CommandResult run(const CommandContext& context) {
  auto options = context.options<ExtractCommandOptions>("");
  check(options);
  const auto files = context.options<TokenizerFiles>(kModelFilesPrefix);
  const ModelFolder model = ModelFolder::open(files, context.config, context.config_source());
  const ChosenShard chosen = choose_shard(options.shard, context.log);
  if (context.common.overwrite && chosen.shard.count > 1) {
    throw UsageError(
        "--overwrite: several processes extract together and would remove each other's shards; "
        "remove the folder first, then start them without it");
  }
  const LoadedTokenizer loaded =
      load_tokenizer(context, files, place_by_rank(context, chosen.rank));
  const PictureSource source = PictureSource::open(options.input);
  const std::vector<int64_t> positions = split_held_out(source, options.held_out).train;
  const ClassTable table = class_table_for(source, model, options.class_table);
  const std::vector<int64_t> labels = labels_of(source, positions, table);
  if (context.common.dry_run) {
    const nlohmann::json plan = {{"dry_run", true},
                                 {"n_samples", positions.size()},
                                 {"classes", table.size()},
                                 {"output", options.output}};
    return {.text = fmt::format("would extract the tokens of {} pictures of {} classes into {}",
                                positions.size(), table.size(), options.output),
            .json = plan.dump(2)};
  }
  if (context.common.overwrite) remove_tokens(options.output);
  options.extract.part = {.number = chosen.shard.number, .count = chosen.shard.count};
  options.extract.patience = std::chrono::seconds(options.timeout.seconds);
  options.extract.threads = threads_by_rank(context, chosen.rank);
  options.extract.show_progress = context.common.progress;
  const TokenizerOptions& tokenizer = loaded.tokenizer.options();
  const auto count = static_cast<int64_t>(positions.size());
  options.extract.batch_size =
      pipeline_size(context, loaded, options.batch, {count, tokenizer.tile_side()}).batch;
  const WorkMeter meter;
  const ExtractReport report =
      extract_tokens({.tokenizer = loaded.tokenizer,
                      .tokenizer_hash = tokenizer_hash(tokenizer, model.tokenizer_weights()),
                      .tokenizer_config = to_yaml(tokenizer),
                      .source = source,
                      .positions = positions,
                      .labels = labels,
                      .classes = table.size()},
                     options.extract, options.output, context.log);
  if (chosen.shard.number == 0) {
    write_file_atomic((fs::path(options.output) / "classes.tsv").string(), class_table_text(table));
    if (!options.layouts.empty()) {
      write_layouts(options.layouts, options.output, options.extract.dtype);
    }
  }
  return result_of(report, chosen.shard, options.output,
                   run_facts(loaded.place, meter.cost(options.extract.threads)));
}

}  // namespace

Command extract_command() {
  return {
      .name = "extract",
      .summary = "pictures to token shards for training",
      .description =
          "Tokens, labels and statistics of every picture, for train-layout and "
          "train-texture. An interrupted extraction goes on where it stopped. Several processes of "
          "one launch share the shards of a folder.",
      .examples = {"gpstoken extract pictures.tar --model models/tiny64 --flips -o tokens/"},
      .operands = "INPUT...",
      .operands_option = "input",
      .groups = {OptionGroup::of<TokenizerFiles>("Model", kModelFilesPrefix),
                 OptionGroup::of<ExtractCommandOptions>("Extraction", "")},
      .aliases = {{"o", "output"}, {"i", "input"}, {"data_path", "input"}},
      .run = run};
}

}  // namespace gpst
