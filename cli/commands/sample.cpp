#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/compute_place.h"
#include "cli/outputs.h"
#include "cli/published_sampling.h"
#include "cli/sample_identity.h"
#include "cli/sample_report.h"
#include "cli/sample_request.h"
#include "cli/shard_of_launch.h"
#include "ops/accelerator.h"
#include "sampler/batch_sampler.h"
#include "sampler/batch_size.h"
#include "sampler/load_sampler.h"
#include "sampler/sample_archive.h"
#include "sampler/sample_writer.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

void say_class_counts(const SamplePlan& plan, Log& log) {
  const ClassCounts counts = count_classes(plan);
  if (counts.least == counts.most) return;
  log.info(fmt::format("{} pictures of {} classes: between {} and {} of each", plan.items.size(),
                       plan.classes.size(), counts.least, counts.most));
}

CommandResult dry_run_result(const SampleRequest& request, const SamplePlan& plan, Shard shard,
                             size_t count) {
  const ClassCounts classes = count_classes(plan);
  const fs::path npz = shard_path(request.npz, shard);
  const nlohmann::json json = {{"dry_run", true},
                               {"n_samples", count},
                               {"shard", shard_text(shard)},
                               {"label_policy", policy_name(request.labels)},
                               {"per_class_min", classes.least},
                               {"per_class_max", classes.most},
                               {"output", request.output},
                               {"npz", npz.string()}};
  return {.text = fmt::format("would make {} pictures in {}", count,
                              request.output.empty() ? npz.string() : request.output),
          .json = json.dump(2)};
}

// Batches on a device, one picture a thread on the CPU. `rows` counts the texture net's rows.
PictureMaker maker_of(const LoadedSampler& loaded, const BatchSamplerOptions& options,
                      std::atomic<int64_t>& rows) {
  if (loaded.sampler.tokenizer().device().is_cpu()) {
    return one_by_one(
        [&](const SampleItem& item) {
          SampledPicture made = loaded.sampler.sampled(item);
          rows += made.model_rows;
          return std::move(made.picture);
        },
        options.threads);
  }
  return
      [&loaded, &rows, options](const std::vector<SampleItem>& missing, const PictureTaker& take) {
        if (missing.empty()) return;
        BatchSampler sampler(loaded.sampler, options);
        const int64_t before = rows;
        sampler.run(missing, [&](const SampleItem& item, Picture8 picture) {
          rows = before + sampler.model_rows();
          take(item, std::move(picture));
        });
        rows = before + sampler.model_rows();
      };
}

// 0 on the CPU, whose memory is that of the process.
int64_t device_peak(const ComputePlace& place) {
  return place.in_batches() ? Accelerator::of(place.device)->memory().peak : 0;
}

// Pictures of a batch: 1 on the CPU.
int64_t batch_size_of(const ComputePlace& place, const SampleRequest& request,
                      const LoadedSampler& loaded, size_t count) {
  if (!place.in_batches()) return 1;
  const TokenizerOptions& tokenizer = loaded.sampler.tokenizer().options();
  return batch_size({.wanted = request.batch.batch_size,
                     .count = static_cast<int64_t>(count),
                     .side = tokenizer.tile_side()},
                    tokenizer, place.device, place.type);
}

// Where the pictures go, and what is made of them there: PNGs with their extras, or an npz alone.
SampleCounts write_pictures(const SampleJob& job, const PictureMaker& make,
                            const MeterOptions& meter, const CommandContext& context) {
  const SampleRequest& request = job.request;
  const std::vector<PngText> text = sample_text(job);
  const std::string comment = sample_comment(job, text);
  const fs::path npz = shard_path(request.npz, job.shard);
  if (request.output.empty()) {
    return write_sample_archive(job.items, make,
                                {.path = ready_to_write(npz),
                                 .side = job.loaded.sampler.tokenizer().options().tile_side(),
                                 .identity = comment,
                                 .threads = context.common.worker_threads(),
                                 .overwrite = context.common.overwrite,
                                 .meter = meter},
                                context.log);
  }
  const SampleRun run{.folder = request.output,
                      .text = text,
                      .overwrite = context.common.overwrite,
                      .threads = context.common.worker_threads(),
                      .meter = meter,
                      .identity = comment};
  const SampleCounts counts = write_samples(job.items, make, run, context.log);
  // Labels of every shard's pictures, so that shards can share a folder.
  write_shared_file(run.folder / "labels.txt", labels_text(job.plan.items));
  if (request.grid) {
    write_grid(shard_path(run.folder / "grid.png", job.shard), job.items, run,
               static_cast<int>(request.grid_columns));
  }
  if (!npz.empty()) write_sample_npz(ready_to_write(npz), job.items, run);
  return counts;
}

// report.json in the folder, or beside the npz under its name. Shards of a folder have one each,
// and the last to end leaves the folder's.
void write_report(const SampleJob& job, const std::string& text) {
  const fs::path folder = job.request.output;
  if (folder.empty()) {
    fs::path path = shard_path(job.request.npz, job.shard);
    return write_file_atomic(path.replace_extension(".json").string(), text);
  }
  if (job.shard.count > 1) {
    write_file_atomic(shard_path(folder / "report.json", job.shard).string(), text);
  }
  write_shared_file(folder / "report.json", text);
}

CommandResult run(const CommandContext& context) {
  const SampleRequest request = context.options<SampleRequest>("").resolved();
  request.check_outputs();
  const ModelFolder model = context.options<PublishedSampling>("").applied_to(ModelFolder::open(
      context.options<ModelFiles>(kModelFilesPrefix), context.config, context.config_source()));
  const auto seed = static_cast<uint64_t>(context.common.seed);
  const auto seed_of = [&](const std::optional<int64_t>& own) {
    return own ? static_cast<uint64_t>(*own) : seed;
  };
  const SamplerSeeds seeds{.layout = seed_of(request.layout_seed),
                           .texture = seed_of(request.texture_seed)};
  const int64_t num_classes = read_texture_options(model.config()).model.num_classes;
  const SamplePlan plan = request.plan(model.classes(num_classes), seed);
  const ChosenShard chosen = choose_shard(request.shard, context.log);
  const ComputePlace place = place_by_rank(context, chosen.rank);
  const std::vector<SampleItem> items = items_of_shard(plan.items, chosen.shard);
  say_class_counts(plan, context.log);
  if (context.common.dry_run) return dry_run_result(request, plan, chosen.shard, items.size());

  const LoadedSampler loaded =
      load_sampler(model,
                   {.place = {.device = place.device, .type = place.type},
                    .seeds = seeds,
                    .rounding = request.round ? Rounding::nearest : Rounding::truncate},
                   context.log);
  const SampleJob job{request, model, loaded, seeds, place, plan, chosen.shard, items};
  const BatchSamplerOptions batches{.pictures = batch_size_of(place, request, loaded, items.size()),
                                    .threads = context.common.worker_threads()};
  std::atomic<int64_t> rows = 0;
  const WorkMeter meter;
  const SampleCounts counts = write_pictures(job, maker_of(loaded, batches, rows),
                                             {.enabled = context.common.progress,
                                              .model_rows = [&] { return rows.load(); },
                                              .device_peak = [&] { return device_peak(place); }},
                                             context);
  const WorkCost cost = meter.cost(batches.threads);
  const nlohmann::json report =
      sample_report(job, {.counts = counts,
                          .cost = cost,
                          .model_rows = rows,
                          .threads = batches.threads,
                          .batch_size = batches.pictures,
                          .device_peak_memory_bytes = device_peak(place)});
  write_report(job, report.dump(2) + "\n");
  const std::string where =
      request.output.empty() ? shard_path(request.npz, chosen.shard).string() : request.output;
  return {.text = fmt::format("{} pictures in {} ({} made in {:.1f} s, {} kept)", items.size(),
                              where, counts.made, cost.seconds, counts.kept),
          .json = report.dump(2)};
}

}  // namespace

Command sample_command() {
  return {
      .name = "sample",
      .summary = "make pictures of classes",
      .description =
          "Class-conditional pictures: a layout of Gaussians for each, filled by the "
          "texture generator and decoded. They go to a folder, or straight into an npz; what is "
          "there already is kept, so the same call goes on after any end.",
      .examples = {"gpstoken sample --model models/tiny64 --classes lion --count 8 --grid -o out/",
                   "gpstoken sample --model models/tiny64 --all-classes --per-class 2 -o out/",
                   "gpstoken sample --model models/tiny64 --preset fid-50k --npz samples.npz"},
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
