#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/batch_option.h"
#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/picture_command.h"
#include "cli/reconstruct_job.h"

namespace gpst {
namespace {

struct ReconstructOptions {
  std::vector<std::string> input;
  std::string output;
  BatchOption batch;
  EncodingOptions encoding;
  ResultOptions result;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "input", .help = "files, folders, tar files or lists of paths"}, input);
    visitor.field({.name = "output", .help = "folder for the results"}, output);
    encoding.visit(visitor);
    result.visit(visitor);
    batch.visit(visitor);
  }
};

CommandResult dry_run_result(const PictureSource& source, const ReconstructJob& job,
                             const ReconstructOptions& options) {
  const nlohmann::json plan = {{"dry_run", true},
                               {"n_samples", source.size()},
                               {"size", job.side()},
                               {"output", options.output}};
  return {.text = fmt::format("would reconstruct {} pictures at {}x{} into {}\n", source.size(),
                              job.side(), job.side(), options.output),
          .json = plan.dump(2)};
}

// The job, with what became of each picture.
struct CollectingJob {
  const ReconstructJob& job;
  std::vector<ReconstructedPicture>& pictures;

  using Loaded = ReconstructJob::Loaded;
  ReconstructedPicture& result(int64_t i) const { return pictures[static_cast<size_t>(i)]; }
  Loaded load(int64_t i) const { return job.load(i); }
  BatchedPicture make(Loaded& loaded) const { return job.make(loaded); }
  Pending<BatchedPicture> start(TokenizerBatches& batches, std::span<const Loaded> loaded) const {
    return job.start(batches, loaded);
  }
  void finish(int64_t i, const Loaded& loaded, const BatchedPicture& made) const {
    result(i) = job.finish(i, loaded, made);
  }
};

nlohmann::json reconstruct_all(const CommandContext& context, const ReconstructJob& job,
                               const ReconstructSettings& settings, const LoadedTokenizer& model,
                               const PipelineSize& size) {
  const WorkMeter meter;
  std::vector<ReconstructedPicture> pictures(static_cast<size_t>(size.count));
  run_tokenizer_job(context, "reconstruct", CollectingJob{job, pictures}, model.tokenizer, size);
  return report_json({.model = model.name,
                      .weights_id = model.weights_id,
                      .settings = settings.yaml(),
                      .place = model.place,
                      .batch_size = size.batch,
                      .side = job.side(),
                      .cost = meter.cost(context.common.worker_threads())},
                     pictures);
}

CommandResult run(const CommandContext& context) {
  const auto options = context.options<ReconstructOptions>("reconstruct");
  if (options.input.empty()) throw UsageError("nothing to reconstruct: name pictures or a folder");
  if (options.output.empty()) throw UsageError("where to? Give the folder for results with -o DIR");
  const PictureSource source = PictureSource::open(options.input);
  if (const std::string note = source.skipped_note(); !note.empty()) context.log.info(note);
  const LoadedTokenizer model =
      load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
  const ReconstructSettings settings = {options.output, options.encoding, options.result};
  Rejects rejects(settings.output, context.log);
  const ReconstructJob job(settings, source, model, rejects);
  refuse_existing(job.foreign_outputs(), context.common);
  if (context.common.dry_run) return dry_run_result(source, job, options);

  rejects.start();
  const PipelineSize size =
      pipeline_size(context, model, options.batch, {.count = source.size(), .side = job.side()});
  const nlohmann::json report = reconstruct_all(context, job, settings, model, size);
  write_file_atomic(ready_to_write(settings.output / "report.json"), report.dump(2) + "\n");
  write_file_atomic((settings.output / "config.yaml").string(), settings.yaml());
  return {.text = report_text(report),
          .json = report.dump(2),
          .exit = rejects.exit_code(source.size())};
}

}  // namespace

Command reconstruct_command() {
  return picture_command(
      {.name = "reconstruct",
       .summary = "pictures to tokens and back, with PSNR and SSIM",
       .description =
           "Encodes pictures into Gaussian tokens and decodes them again. Writes imgs/REL.png "
           "(result), gt/REL.png (the crop it is compared with) and report.json. Results that "
           "the same model and settings made before are kept; others need --overwrite.",
       .examples = {"gpstoken reconstruct photo.jpg --model models/tiny64 -o out/",
                    "gpstoken reconstruct photos/ --size 512 --roi 100,80,64,64:8 -o out/",
                    "gpstoken reconstruct list.txt --config s64.yaml --tokenizer "
                    "s64.safetensors -o out/"},
       .groups = {OptionGroup::of<ReconstructOptions>("Options", "reconstruct")},
       .run = run});
}

}  // namespace gpst
