#include "sampler/load_sampler.h"

#include <utility>

#include "flow/sample.h"
#include "io/safetensors.h"
#include "layout_gen/layout_model.h"
#include "texture_gen/texture_model.h"

namespace gpst {
namespace {

SafetensorsFile open_weights(const std::filesystem::path& path) {
  return SafetensorsFile::open(path.string());
}

std::unique_ptr<LayoutSource> layout_source(const ModelFolder& model,
                                            const TokenizerOptions& tokenizer,
                                            const LoadSamplerOptions& wanted, Log& log) {
  if (const auto store = model.layout_store()) {
    return std::make_unique<StoredLayouts>(LayoutStore::open(*store));
  }
  const LayoutOptions options = read_layout_options(model.config());
  const CalibrationOptions calibration{.side = static_cast<int>(tokenizer.tile_side()),
                                       .minhw = static_cast<int>(tokenizer.gps.gps_minhw)};
  return std::make_unique<GeneratedLayouts>(
      LayoutModel::load(options, open_weights(model.layout_weights()), log)
          .frozen(wanted.place.device, at::kFloat),
      calibration, tokenizer.gps.gps_sigma_init, wanted.seeds.layout);
}

}  // namespace

LoadedSampler load_sampler(const ModelFolder& model, const LoadSamplerOptions& options, Log& log) {
  const auto [device, type] = options.place;
  SamplingOptions sampling;
  model.config().read("sampling", sampling);
  const TextureOptions texture = read_texture_options(model.config());
  sampling.check_for(texture.model.resolved().in_channels);
  Tokenizer tokenizer =
      Tokenizer::load(model.config(), model.tokenizer_weights().string(), log).to(device, type);
  auto layouts = layout_source(model, tokenizer.options(), options, log);
  const int64_t rows =
      sampling.solver == Solver::dopri5 ? 0 : rows_per_picture(texture.transport, sampling);
  return {PictureSampler(std::move(tokenizer),
                         TextureModel::load(texture, open_weights(model.texture_weights()), log)
                             .frozen(device, type),
                         std::move(layouts),
                         {.sampling = sampling,
                          .texture_seed = options.seeds.texture,
                          .rounding = options.rounding}),
          texture.model.num_classes, sampling, rows};
}

}  // namespace gpst
