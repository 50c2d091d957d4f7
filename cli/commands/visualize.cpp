#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/for_each_picture.h"
#include "cli/outputs.h"
#include "cli/picture_command.h"
#include "cli/rejects.h"
#include "cli/run_facts.h"
#include "cli/visualize_job.h"

namespace gpst {
namespace {

CommandResult run(const CommandContext& context) {
  const auto options = context.options<VisualizeOptions>("visualize");
  if (options.input.empty()) throw UsageError("nothing to draw: name pictures or a folder");
  if (options.output.empty())
    throw UsageError("where to? Give the folder for drawings with -o DIR");
  const PictureSource source = PictureSource::open(options.input);
  const LoadedTokenizer model =
      load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
  const VisualizeJob job(options, source, model);
  for (int64_t i = 0; i < source.size(); ++i) refuse_existing(job.outputs(i), context.common);
  Rejects rejects(options.output, context.log);
  if (context.common.dry_run) {
    return counted_result(rejects, source.size(), "would have drawn", {{"dry_run", true}});
  }

  rejects.start();
  const WorkMeter meter;
  for_each_picture(context, "visualize", source.size(), [&](int64_t i) {
    try {
      job.run(i);
    } catch (const InputError& error) {
      rejects.add(source.location(i), error.what());
    }
  });
  return counted_result(rejects, source.size(), "drew",
                        run_facts(model.place, meter.cost(context.common.worker_threads())));
}

}  // namespace

Command visualize_command() {
  return picture_command(
      {.name = "visualize",
       .summary = "Gaussians and regions drawn over a picture",
       .description =
           "Writes REL.regions.png, REL.initial.png, REL.refined.png (one-sigma ellipses) and "
           "REL.svg (all three as layers). --compare-tokens adds REL.tokens.png and --roi or "
           "--mask REL.roi.png: rows of regions, Gaussians and result to compare.",
       .examples = {"gpstoken visualize photo.jpg --model models/tiny64 -o drawn/",
                    "gpstoken visualize photo.jpg --compare-tokens 32,64,128 -o drawn/"},
       .groups = {OptionGroup::of<VisualizeOptions>("Options", "visualize")},
       .run = run});
}

}  // namespace gpst
