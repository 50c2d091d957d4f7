#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/system.h"
#include "cli/commands/commands.h"
#include "cli/outputs.h"
#include "sampler/load_sampler.h"
#include "sampler/sample_writer.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct SampleOptions {
  std::string classes;
  bool all_classes = false;
  std::string labels_file;
  std::optional<int64_t> count;
  std::optional<int64_t> per_class;
  int64_t start = 0;
  std::optional<int64_t> layout_seed, texture_seed;
  std::string shard = "0/1";
  int64_t batch_size = 1;
  bool round = false;
  std::string output;
  std::string npz;
  bool grid = false;
  int64_t grid_columns = 0;

  void visit(FieldVisitor& v) {
    v.field({.name = "classes", .help = "numbers, names or wnids: 3,lion,n02129165"}, classes);
    v.field({.name = "all_classes", .help = "every class of the model"}, all_classes);
    v.field({.name = "labels_file", .help = "file with one class a line"}, labels_file);
    v.field({.name = "count", .help = "pictures in all (default: one a class)", .min = 1}, count);
    v.field({.name = "per_class", .help = "pictures of each class", .min = 1}, per_class);
    v.field({.name = "start", .help = "index of the first picture", .min = 0}, start);
    v.field({.name = "layout_seed", .help = "seed of the layouts; --seed without", .min = 0},
            layout_seed);
    v.field({.name = "texture_seed", .help = "seed of the textures; --seed without", .min = 0},
            texture_seed);
    v.field({.name = "shard", .help = "i/n: only every nth picture, from the ith (0 <= i < n)"},
            shard);
    v.field({.name = "batch_size",
             .help = "accepted, without effect on the CPU, where each thread makes one picture",
             .min = 1},
            batch_size);
    v.field({.name = "round", .help = "round to 8 bits instead of truncating as published"}, round);
    v.field({.name = "output", .help = "folder of the pictures"}, output);
    v.field({.name = "npz", .help = "also one npz of all pictures (arr_0) and labels (arr_1)"},
            npz);
    v.field({.name = "grid", .help = "also grid.png of all pictures"}, grid);
    v.field({.name = "grid_columns", .help = "columns of the grid; 0: near-square", .min = 0},
            grid_columns);
  }
};

std::vector<int64_t> classes_of_file(const std::string& path, const ClassTable& table) {
  std::istringstream lines(read_file(path));
  std::vector<int64_t> classes;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) classes.push_back(table.label_of(line));
  }
  if (classes.empty()) throw InputError(path + ": no classes in it; expected one a line");
  return classes;
}

std::vector<int64_t> chosen_classes(const SampleOptions& options, const ClassTable& table) {
  const int given = static_cast<int>(!options.classes.empty()) +
                    static_cast<int>(options.all_classes) +
                    static_cast<int>(!options.labels_file.empty());
  if (given != 1) {
    throw UsageError("say which classes: one of --classes LIST, --all-classes, --labels-file FILE");
  }
  if (!options.classes.empty()) return table.parse_list(options.classes);
  if (!options.labels_file.empty()) return classes_of_file(options.labels_file, table);
  std::vector<int64_t> all(static_cast<size_t>(table.size()));
  std::iota(all.begin(), all.end(), int64_t{0});
  return all;
}

int64_t picture_count(const SampleOptions& options, int64_t classes) {
  if (options.count && options.per_class) {
    throw UsageError("--count and --per-class exclude each other");
  }
  return options.count.value_or(options.per_class.value_or(1) * classes);
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  char slash = 0, rest = 0;
  std::istringstream stream(text);
  if (!(stream >> shard.number >> slash >> shard.count) || slash != '/' || (stream >> rest) ||
      shard.number < 0 || shard.count < 1 || shard.number >= shard.count) {
    throw UsageError(
        fmt::format("--shard {}: expected i/n with 0 <= i < n, for example 0/4", text));
  }
  return shard;
}

std::string hash_of(const fs::path& path) { return xxh3_hex(MappedFile(path.string()).bytes()); }

// What a picture depends on, beside its label and index: the identity of the run.
std::vector<PngText> provenance(const SampleOptions& options, const ModelFolder& model,
                                const LoadedSampler& loaded, const SamplerSeeds& seeds) {
  const auto store = model.layout_store();
  return {{"gpst:command", "sample"},
          {"gpst:model", model.name()},
          {"gpst:tokenizer", hash_of(model.tokenizer_weights())},
          {"gpst:texture", hash_of(model.texture_weights())},
          {"gpst:layouts", hash_of(store ? *store : model.layout_weights())},
          {"gpst:seeds", fmt::format("layout {}, texture {}", seeds.layout, seeds.texture)},
          {"gpst:rounding", options.round ? "nearest" : "truncate"},
          {"gpst:sampling", to_yaml(loaded.sampling)}};
}

CommandResult run(const CommandContext& context) {
  const auto options = context.options<SampleOptions>("");
  if (options.output.empty())
    throw UsageError("-o, --output: the folder of the pictures is missing");
  const Shard shard = parse_shard(options.shard);
  const ModelFolder model = ModelFolder::open(context.options<ModelFiles>(kModelFilesPrefix),
                                              context.config, context.config_source());
  const SamplerSeeds seeds{
      .layout = static_cast<uint64_t>(options.layout_seed.value_or(context.common.seed)),
      .texture = static_cast<uint64_t>(options.texture_seed.value_or(context.common.seed))};
  const int64_t num_classes = read_texture_options(model.config()).model.num_classes;
  const std::vector<int64_t> classes = chosen_classes(options, model.classes(num_classes));
  const auto items = plan_samples(
      classes, options.start, picture_count(options, static_cast<int64_t>(classes.size())), shard);
  if (items.empty()) throw UsageError("this shard has no pictures to make");
  if (context.common.dry_run) {
    return {.text = fmt::format("would make {} pictures in {}", items.size(), options.output)};
  }

  const LoadedSampler loaded = load_sampler(
      model, seeds, options.round ? Rounding::nearest : Rounding::truncate, context.log);
  const SampleRun sample_run{.folder = options.output,
                             .text = provenance(options, model, loaded, seeds),
                             .threads = context.common.worker_threads(),
                             .overwrite = context.common.overwrite,
                             .show_progress = context.common.progress};
  const auto begin = std::chrono::steady_clock::now();
  const SampleCounts counts = write_samples(
      items, [&](const SampleItem& item) { return loaded.sampler.picture(item); }, sample_run,
      context.log);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const fs::path folder = options.output;
  write_labels(folder / "labels.txt", items);
  if (options.grid) {
    write_grid(folder / "grid.png", items, sample_run, static_cast<int>(options.grid_columns));
  }
  if (!options.npz.empty()) write_sample_npz(options.npz, items, sample_run);
  const nlohmann::json report = {
      {"count", items.size()},
      {"made", counts.made},
      {"kept", counts.kept},
      {"seconds", seconds},
      {"pictures_per_second", seconds > 0 ? static_cast<double>(counts.made) / seconds : 0},
      {"model", model.name()},
      {"rows_per_picture", loaded.rows_per_picture},
      {"sampling", to_yaml(loaded.sampling)},
      {"layout_seed", seeds.layout},
      {"texture_seed", seeds.texture},
      {"threads", sample_run.threads},
      {"peak_memory_bytes", peak_memory_bytes()},
      {"output", options.output}};
  write_file_atomic((folder / "report.json").string(), report.dump(1) + "\n");
  return {.text = fmt::format("{} pictures in {} ({} made in {:.1f} s, {} kept)", items.size(),
                              options.output, counts.made, seconds, counts.kept),
          .json = report.dump()};
}

}  // namespace

Command sample_command() {
  return {
      .name = "sample",
      .summary = "make pictures of classes",
      .description =
          "Class-conditional pictures: a layout of Gaussians for each, filled by the "
          "texture generator and decoded. Pictures that are there already are kept.",
      .examples = {"gpstoken sample --model models/tiny64 --classes lion --count 8 --grid -o out/",
                   "gpstoken sample --model models/tiny64 --all-classes --per-class 2 -o out/"},
      .groups = {OptionGroup::of<ModelFiles>("Model", kModelFilesPrefix),
                 OptionGroup::of<SampleOptions>("Samples", ""),
                 OptionGroup::of<SamplingOptions>("Sampling", "sampling")},
      .aliases = {{"o", "output"},
                  {"cfg_scale", "cfg"},
                  {"gpstoken_path", "tokenizer"},
                  {"model_path", "texture"},
                  {"initg_path", "layouts"},
                  {"data_count", "count"},
                  {"class_count", "per_class"}},
      .run = run};
}

}  // namespace gpst
