#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/evaluate.h"
#include "cli/evaluate_side.h"
#include "cli/inception_setup.h"
#include "cli/outputs.h"
#include "cli/run_facts.h"
#include "eval/statistics_file.h"

namespace gpst {

CommandResult evaluate_statistics(const CommandContext& context, const EvaluateOptions& options,
                                  const EvaluateInputs& inputs) {
  const WorkMeter meter;
  if (!options.output.ends_with(".npz")) {
    throw UsageError(fmt::format("-o {}: expected the name of an .npz", options.output));
  }
  refuse_existing({options.output}, context.common);
  const PictureSet pictures = open_pictures(inputs.samples, options.picture_options(), context.log);
  const LoadedInception inception = load_inception(context, options);
  if (context.common.dry_run) {
    const nlohmann::json plan = {
        {"dry_run", true}, {"n_samples", pictures.size()}, {"output", options.output}};
    return {.text = fmt::format("would write statistics of {} pictures to {}", pictures.size(),
                                options.output),
            .json = plan.dump(2)};
  }
  EvaluateRejects rejects(context.log);
  const SetFeatures features =
      inception.features(pictures, {.spatial = true}, "statistics", options, context, rejects);
  nlohmann::json report = report_head(options, context);
  report["weights_sha256"] = inception.sha256;
  report["n_samples"] = features.count;
  const nlohmann::json provenance = {
      {"mode", report["mode"]}, {"n", features.count},        {"weights_sha256", inception.sha256},
      {"size", report["size"]}, {"resize", report["resize"]}, {"version", report["version"]}};
  write_statistics(
      ready_to_write(options.output),
      {.pool = features.pool, .spatial = features.spatial, .provenance = provenance.dump()});
  report["output"] = options.output;
  report.update(cost_facts(meter.cost(context.common.worker_threads())));
  return finished(std::move(report), rejects,
                  fmt::format("statistics of {} pictures in {}", features.count, options.output),
                  options);
}

}  // namespace gpst
