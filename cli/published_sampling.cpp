#include "cli/published_sampling.h"

#include <fmt/format.h>

#include "flow/options.h"

namespace gpst {

void PublishedSampling::visit(FieldVisitor& v) {
  v.field({.name = "ode", .help = "--solver dopri5"}, ode);
  v.field({.name = "guidance_low", .help = "lower end of --interval", .min = 0, .max = 1000},
          guidance_low);
  v.field({.name = "guidance_high", .help = "upper end of --interval", .min = 0, .max = 1000},
          guidance_high);
}

ModelFolder PublishedSampling::applied_to(const ModelFolder& model) const {
  ModelFolder result = model;
  if (ode) result = result.with_setting("sampling.solver", "dopri5");
  if (guidance_low || guidance_high) {
    SamplingOptions sampling;
    model.config().read("sampling", sampling);
    result = result.with_setting("sampling.interval",
                                 fmt::format("{},{}", guidance_low.value_or(sampling.interval[0]),
                                             guidance_high.value_or(sampling.interval[1])));
  }
  return result;
}

}  // namespace gpst
