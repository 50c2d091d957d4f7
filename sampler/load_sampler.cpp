#include "sampler/load_sampler.h"

#include <utility>

#include "flow/sample.h"
#include "io/safetensors.h"

namespace gpst {
namespace {

SafetensorsFile open_weights(const std::filesystem::path& path) {
  return SafetensorsFile::open(path.string());
}

std::unique_ptr<LayoutSource> layout_source(const ModelFolder& model,
                                            const TokenizerOptions& tokenizer, uint64_t seed,
                                            Log& log) {
  if (const auto store = model.layout_store()) {
    return std::make_unique<StoredLayouts>(LayoutStore::open(*store));
  }
  const LayoutOptions options = read_layout_options(model.config());
  const CalibrationOptions calibration{.side = static_cast<int>(tokenizer.tile_side()),
                                       .minhw = static_cast<int>(tokenizer.gps.gps_minhw)};
  return std::make_unique<GeneratedLayouts>(
      LayoutModel::load(options, open_weights(model.layout_weights()), log), calibration,
      tokenizer.gps.gps_sigma_init, seed);
}

}  // namespace

LoadedSampler load_sampler(const ModelFolder& model, const SamplerSeeds& seeds, Rounding rounding,
                           Log& log) {
  SamplingOptions sampling;
  model.config().read("sampling", sampling);
  const TextureOptions texture = read_texture_options(model.config());
  sampling.check_for(texture.model.resolved().in_channels);
  Tokenizer tokenizer = Tokenizer::load(model.config(), model.tokenizer_weights().string(), log)
                            .to(at::kCPU, at::kFloat);
  auto layouts = layout_source(model, tokenizer.options(), seeds.layout, log);
  const int64_t rows =
      sampling.solver == Solver::dopri5 ? 0 : rows_per_picture(texture.transport, sampling);
  return {
      PictureSampler(std::move(tokenizer),
                     TextureModel::load(texture, open_weights(model.texture_weights()), log),
                     std::move(layouts),
                     {.sampling = sampling, .texture_seed = seeds.texture, .rounding = rounding}),
      texture.model.num_classes, sampling, rows};
}

}  // namespace gpst
