#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/system.h"
#include "cli/commands/commands.h"
#include "cli/compute_place.h"
#include "cli/outputs.h"
#include "cli/published_sampling.h"
#include "cli/sample_request.h"
#include "ops/accelerator.h"
#include "sampler/batch_sampler.h"
#include "sampler/batch_size.h"
#include "sampler/load_sampler.h"
#include "sampler/sample_writer.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const fs::path& path) { return xxh3_hex(MappedFile(path.string()).bytes()); }

// Weights and configuration that a picture depends on.
std::string identity_of(const ModelFolder& model) {
  const Config& config = model.config();
  const auto store = model.layout_store();
  std::string settings =
      to_yaml(read_tokenizer_options(config)) + to_yaml(read_texture_options(config));
  if (!store) settings += to_yaml(read_layout_options(config));
  return fmt::format("tokenizer {}, texture {}, layouts {}, configuration {}",
                     hash_of(model.tokenizer_weights()), hash_of(model.texture_weights()),
                     hash_of(store ? *store : model.layout_weights()), xxh3_hex(settings));
}

// What a picture depends on, beside its label and index: the identity of the run.
std::vector<PngText> provenance(const SampleRequest& request, const ModelFolder& model,
                                const LoadedSampler& loaded, const SamplerSeeds& seeds,
                                const ComputePlace& place) {
  const Provenance text{
      .command = "sample",
      .model = model.name(),
      .weights_id = identity_of(model),
      .settings = fmt::format("{}\nlayout_seed: {}\ntexture_seed: {}\nrounding: {}\n",
                              to_yaml(loaded.sampling), seeds.layout, seeds.texture,
                              request.round ? "nearest" : "truncate"),
      .device = place.device_kind(),
      .dtype = place.type_name()};
  return text.text();
}

CommandResult dry_run_result(const std::vector<SampleItem>& items, const std::string& output) {
  const nlohmann::json plan = {{"dry_run", true}, {"n_samples", items.size()}, {"output", output}};
  return {.text = fmt::format("would make {} pictures in {}", items.size(), output),
          .json = plan.dump(2)};
}

// What is made of the pictures once they all stand in the folder.
void write_extras(const SampleRequest& request, const std::vector<SampleItem>& all,
                  const std::vector<SampleItem>& items, const SampleRun& run) {
  // Labels of every shard's pictures, so that shards can share a folder.
  write_labels(run.folder / "labels.txt", all);
  if (request.grid) {
    write_grid(run.folder / "grid.png", items, run, static_cast<int>(request.grid_columns));
  }
  if (!request.npz.empty()) write_sample_npz(ready_to_write(request.npz), items, run);
}

// Batches on a device, one picture a thread on the CPU.
SampleCounts make_pictures(const LoadedSampler& loaded, const std::vector<SampleItem>& items,
                           const SampleRun& run, const BatchPlace& place, Log& log) {
  if (place.device.is_cpu()) {
    return write_samples(
        items, [&](const SampleItem& item) { return loaded.sampler.picture(item); }, run, log);
  }
  const PictureMaker in_batches = [&](const std::vector<SampleItem>& missing,
                                      const PictureTaker& take) {
    if (missing.empty()) return;
    BatchSampler(loaded.sampler, {.place = place, .threads = run.threads}).run(missing, take);
  };
  return write_samples(items, in_batches, run, log);
}

// 0 on the CPU, whose memory is that of the process.
int64_t device_peak(const ComputePlace& place) {
  return place.in_batches() ? Accelerator::of(place.device)->memory().peak : 0;
}

BatchPlace batch_place(const ComputePlace& place, const SampleRequest& request,
                       const LoadedSampler& loaded, size_t count) {
  if (!place.in_batches()) return {};
  const TokenizerOptions& tokenizer = loaded.sampler.tokenizer().options();
  return place_for({.wanted = request.batch.batch_size,
                    .count = static_cast<int64_t>(count),
                    .side = tokenizer.tile_side()},
                   tokenizer, place.device, place.type);
}

CommandResult run(const CommandContext& context) {
  const SampleRequest request = context.options<SampleRequest>("").resolved();
  if (request.output.empty()) {
    throw UsageError("-o, --output: the folder of the pictures is missing");
  }
  const ModelFolder model = context.options<PublishedSampling>("").applied_to(ModelFolder::open(
      context.options<ModelFiles>(kModelFilesPrefix), context.config, context.config_source()));
  const ComputePlace place = compute_place(context);
  const SamplerSeeds seeds{
      .layout = static_cast<uint64_t>(request.layout_seed.value_or(context.common.seed)),
      .texture = static_cast<uint64_t>(request.texture_seed.value_or(context.common.seed))};
  const int64_t num_classes = read_texture_options(model.config()).model.num_classes;
  const std::vector<SampleItem> all = request.all_items(model.classes(num_classes));
  const std::vector<SampleItem> items = request.items_of_shard(all);
  if (context.common.dry_run) return dry_run_result(items, request.output);

  const LoadedSampler loaded = load_sampler(
      model, seeds, request.round ? Rounding::nearest : Rounding::truncate, context.log);
  const SampleRun sample_run{.folder = request.output,
                             .text = provenance(request, model, loaded, seeds, place),
                             .threads = context.common.worker_threads(),
                             .overwrite = context.common.overwrite,
                             .show_progress = context.common.progress};
  const auto begin = std::chrono::steady_clock::now();
  const BatchPlace batches = batch_place(place, request, loaded, items.size());
  const SampleCounts counts = make_pictures(loaded, items, sample_run, batches, context.log);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  write_extras(request, all, items, sample_run);

  const nlohmann::json report = {{"n_samples", items.size()},
                                 {"made", counts.made},
                                 {"kept", counts.kept},
                                 {"seconds", seconds.count()},
                                 {"model", model.name()},
                                 {"rows_per_picture", loaded.rows_per_picture},
                                 {"sampling", to_yaml(loaded.sampling)},
                                 {"layout_seed", seeds.layout},
                                 {"texture_seed", seeds.texture},
                                 {"shard", request.shard},
                                 {"threads", sample_run.threads},
                                 {"device", place.device_name()},
                                 {"dtype", place.type_name()},
                                 {"batch_size", batches.pictures},
                                 {"device_peak_memory_bytes", device_peak(place)},
                                 {"peak_memory_bytes", peak_memory_bytes()},
                                 {"output", request.output}};
  write_file_atomic((sample_run.folder / "report.json").string(), report.dump(2) + "\n");
  return {.text = fmt::format("{} pictures in {} ({} made in {:.1f} s, {} kept)", items.size(),
                              request.output, counts.made, seconds.count(), counts.kept),
          .json = report.dump(2)};
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
                 OptionGroup::of<SampleRequest>("Samples", ""),
                 OptionGroup::of<SamplingOptions>("Sampling", "sampling"),
                 OptionGroup::of<PublishedSampling>("Names of the published program", "")},
      .aliases = {{"o", "output"},
                  {"cfg_scale", "cfg"},
                  {"gpstoken_path", "tokenizer"},
                  {"model_path", "texture"},
                  {"initg_path", "layouts"},
                  {"data_count", "per_class"},
                  {"max_count", "count"}},
      .run = run};
}

}  // namespace gpst
