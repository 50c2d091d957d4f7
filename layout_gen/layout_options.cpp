#include "layout_gen/layout_options.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ops/token_columns.h"

namespace gpst {

LayoutOptions::LayoutOptions() {
  model.name = std::string("S");  // assigning a literal trips GCC 12's -Wrestrict
  model.in_channels = kGeometry;
  sampling.solver = Solver::euler;
  sampling.steps = 6;
  sampling.interval = {0, 1000};
}

void LayoutOptions::visit(FieldVisitor& v) {
  v.field(
      {.name = "layout_means", .help = "mean of log2 sigma_x, log2 sigma_y, rho, x, y, in Z-order"},
      statistics.mean);
  v.field({.name = "layout_stds", .help = "their standard deviations"}, statistics.std);
  group(v, "transport", "path and prediction", transport);
  group(v, "model", "the net", model);
  group(v, "sampling", "how layouts are sampled", sampling);
}

void LayoutOptions::check_for_sampling() const {
  const SitOptions net = model.resolved();
  if (net.in_channels != kGeometry) {
    throw ConfigError(fmt::format("layout: model.in_channels: expected {}, found {}", kGeometry,
                                  net.in_channels));
  }
  if (statistics.empty()) {
    throw ConfigError(
        "layout: layout_means and layout_stds are missing; without the statistics the net was "
        "trained with, its layouts are noise. Take them from the training run's configuration");
  }
  statistics.check(kGeometry, "layout: layout_means and layout_stds");
  sampling.check_for(net.in_channels);
}

LayoutOptions read_layout_options(const Config& config) {
  if (!config.has("layout")) {
    throw ConfigError("no layout model in the configuration: expected a section `layout:`");
  }
  config.subtree("layout").reject_unknown(known_keys<LayoutOptions>(""));
  LayoutOptions options;
  config.read("layout", options);
  return options;
}

}  // namespace gpst
