#include "texture_gen/texture_options.h"

#include <array>

#include "base/error.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<ConditionEncoding>, 2> kEncodings{
    {{ConditionEncoding::values, "values"}, {ConditionEncoding::octaves, "octaves"}}};

}  // namespace

TextureOptions::TextureOptions() { model.name = std::string("XL"); }

void TextureOptions::visit(FieldVisitor& v) {
  v.field({.name = "pretrained_gpstoken_means", .help = "mean of each channel of (delta g, f)"},
          statistics.mean);
  v.field({.name = "pretrained_gpstoken_stds", .help = "standard deviation of each channel"},
          statistics.std);
  enum_field(v,
             {.name = "condition_encoding",
              .help = "initial Gaussians as their values, or as log2 sigma and octaves of means"},
             condition_encoding, kEncodings);
  v.field({.name = "condition_noise",
           .help = "noise on the condition in training, in standard deviations",
           .min = 0,
           .max = 10},
          condition_noise);
  group(v, "transport", "path and prediction", transport);
  group(v, "model", "the net", model);
}

void TextureOptions::check_for_sampling() const {
  const SitOptions net = model.resolved();
  if (net.in_channels <= kGeometry) {
    throw ConfigError(
        "texture model.in_channels: expected the 5 of the geometry and some features");
  }
  if (statistics.empty()) {
    throw ConfigError(
        "texture: pretrained_gpstoken_means and pretrained_gpstoken_stds are missing; without the "
        "statistics the net was trained with, samples are noise. Take them from the training run "
        "(index.json of its tokens) or the published configuration");
  }
  statistics.check(net.in_channels, "texture: pretrained_gpstoken_means and _stds");
}

TextureOptions read_texture_options(const Config& config) {
  TextureOptions options;
  if (config.has("texture")) {
    config.subtree("texture").reject_unknown(known_keys<TextureOptions>(""));
    config.read("texture", options);
    return options;
  }
  if (!config.has("model") || !config.has("transport")) {
    throw ConfigError(
        "no texture model in the configuration: expected a section `texture:`, or `model:` and "
        "`transport:` as in the published generator file");
  }
  config.read("", options);
  return options;
}

}  // namespace gpst
