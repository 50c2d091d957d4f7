#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/system.h"
#include "cli/commands/commands.h"
#include "cli/tokenizer_setup.h"
#include "image/picture_source.h"
#include "layout_gen/layout_store.h"
#include "nn/weights.h"
#include "sampler/class_list.h"
#include "train/extract.h"
#include "train/held_out.h"
#include "train/token_dataset.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<DType>, 2> kTypes{{{DType::f32, "fp32"}, {DType::f16, "fp16"}}};

struct ExtractCommandOptions {
  std::vector<std::string> input;
  std::string output;
  std::string class_table;
  int64_t held_out = 0;
  std::string layouts;
  ExtractOptions extract;

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
    enum_field(v, {.name = "token_type", .help = "number format of the shards"}, extract.dtype,
               kTypes);
    v.field({.name = "layouts", .help = "also write a layout store to this file"}, layouts);
  }
};

ClassTable class_table(const ExtractCommandOptions& options, const ModelFolder& model,
                       const PictureSource& source) {
  if (!options.class_table.empty()) return ClassTable::from_file(options.class_table);
  const auto own = model.folder() / "classes.tsv";
  if (!model.folder().empty() && path_exists(own.string())) return ClassTable::from_file(own);
  std::set<std::string> names;
  for (int64_t i = 0; i < source.size(); ++i) names.insert(source.item(i).label_part);
  std::string text = "label\twnid\tname\n";
  int64_t label = 0;
  for (const std::string& name : names) {
    const std::string& shown = name.empty() ? "picture" : name;
    text += fmt::format("{}\t{}\t{}\n", label++, shown, shown);
  }
  return ClassTable::from_text(text, "folder names of the pictures");
}

std::string text_of(const ClassTable& table) {
  std::string text = "label\twnid\tname\n";
  for (const ClassEntry& entry : table.entries()) {
    text += fmt::format("{}\t{}\t{}\n", entry.label, entry.wnid, entry.name);
  }
  return text;
}

std::vector<int64_t> labels_of(const PictureSource& source, const std::vector<int64_t>& positions,
                               const ClassTable& table) {
  std::map<std::string, int64_t> known;
  for (const ClassEntry& entry : table.entries()) known[entry.wnid] = entry.label;
  std::vector<int64_t> labels;
  for (const int64_t position : positions) {
    const std::string& part = source.item(position).label_part;
    const auto found = known.find(part.empty() ? "picture" : part);
    if (found != known.end()) {
      labels.push_back(found->second);
    } else if (part.empty()) {
      throw InputError(source.location(position) +
                       ": has no class: pictures lie in folders named after their class (wnid)");
    } else {
      labels.push_back(table.label_of(part));
    }
  }
  return labels;
}

void write_layouts(const std::string& path, const std::filesystem::path& folder) {
  const TokenDataset data = TokenDataset::open(folder);
  std::vector<at::Tensor> layouts;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < data.size(); ++i) {
    const TokenBatch row = data.batch({{.index = i}});
    layouts.push_back(row.initial);
    labels.push_back(row.labels.front());
  }
  write_layout_store(path, at::cat(layouts), labels, data.index().classes);
}

CommandResult run(const CommandContext& context) {
  auto options = context.options<ExtractCommandOptions>("");
  if (options.input.empty())
    throw UsageError("no pictures named: gpstoken extract INPUT... -o DIR");
  if (options.output.empty()) throw UsageError("-o, --output: the folder of the tokens is missing");
  const auto files = context.options<TokenizerFiles>(kModelFilesPrefix);
  const ModelFolder model = ModelFolder::open(files, context.config, context.config_source());
  const LoadedTokenizer loaded = load_tokenizer(context, files);
  const PictureSource source = PictureSource::open(options.input);
  const std::vector<int64_t> positions = split_held_out(source, options.held_out).train;
  const ClassTable table = class_table(options, model, source);
  const std::vector<int64_t> labels = labels_of(source, positions, table);
  if (context.common.dry_run) {
    return {.text = fmt::format("would extract the tokens of {} pictures of {} classes into {}",
                                positions.size(), table.size(), options.output)};
  }
  if (context.common.overwrite)
    remove_tree((std::filesystem::path(options.output) / "index.json").string());
  options.extract.threads = context.common.worker_threads();
  options.extract.show_progress = context.common.progress;
  const std::string config = to_yaml(loaded.tokenizer.options());
  const ExtractReport report =
      extract_tokens({.tokenizer = loaded.tokenizer,
                      .tokenizer_hash = xxh3_hex(loaded.weights_id + config),
                      .tokenizer_config = config,
                      .source = source,
                      .positions = positions,
                      .labels = labels,
                      .classes = table.size()},
                     options.extract, options.output, context.log);
  write_file_atomic((std::filesystem::path(options.output) / "classes.tsv").string(),
                    text_of(table));
  if (!options.layouts.empty()) write_layouts(options.layouts, options.output);
  const nlohmann::json json = {{"pictures", report.pictures},
                               {"rejected", report.rejected},
                               {"shards", report.shards},
                               {"output", options.output},
                               {"peak_memory_bytes", peak_memory_bytes()}};
  return {.text = fmt::format("{}: tokens of {} pictures in {} shards, {} rejected", options.output,
                              report.pictures, report.shards, report.rejected),
          .json = json.dump(),
          .exit = report.rejected > 0 ? ExitCode::partial : ExitCode::ok};
}

}  // namespace

Command extract_command() {
  return {.name = "extract",
          .summary = "pictures to token shards for training",
          .description =
              "Tokens, labels and statistics of every picture, for train-layout and "
              "train-texture. An interrupted extraction goes on where it stopped.",
          .examples = {"gpstoken extract pictures.tar --model models/tiny64 --flips -o tokens/"},
          .operands = "INPUT...",
          .operands_option = "input",
          .groups = {OptionGroup::of<TokenizerFiles>("Model", kModelFilesPrefix),
                     OptionGroup::of<ExtractCommandOptions>("Extraction", "")},
          .aliases = {{"o", "output"}, {"i", "input"}, {"data_path", "input"}},
          .run = run};
}

}  // namespace gpst
