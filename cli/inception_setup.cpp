#include "cli/inception_setup.h"

#include "cli/compute_place.h"
#include "eval/weights_files.h"

namespace gpst {

LoadedInception load_inception(const CommandContext& context, const EvaluateOptions& options) {
  const WeightsFiles files = find_weights(WeightsKind::inception, options.inception_files());
  context.log.verbose("Inception: " + files.paths.front());
  return {Inception::load(files.paths.front()).to(context.device), weights_sha256(files)};
}

SetFeatures LoadedInception::features(const PictureSet& pictures, const FeatureRequest& request,
                                      const std::string& label, const EvaluateOptions& options,
                                      const CommandContext& context,
                                      EvaluateRejects& rejects) const {
  return extract_features(
      pictures, net,
      {.input = input_of(options.mode),
       .threads = context.common.worker_threads(),
       .request = request,
       .label = label,
       .show_progress = context.common.progress,
       .on_reject = [&](int64_t i,
                        const std::string& reason) { rejects.add(pictures.location(i), reason); }},
      context.log);
}

}  // namespace gpst
