#include "cli/tokenizer_setup.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "image/codec.h"
#include "sampler/batch_size.h"

namespace gpst {
namespace {

Picture8 load_mask(const std::string& path, int64_t side) {
  const MappedFile file(path);
  const Picture8 mask = decode(file.bytes(), DecodeLimits{}, path);
  return preprocess(mask, {.size = static_cast<int>(side)});
}

WeightMap attention_map(const EncodingOptions& options, int64_t side) {
  const int pixels = static_cast<int>(side);
  WeightMap map;
  std::vector<Roi> rois;
  for (const std::string& text : options.roi) rois.push_back(parse_roi(text));
  if (!rois.empty()) map = weight_map(pixels, pixels, rois);
  if (!options.mask.empty()) {
    const Picture8 mask = load_mask(options.mask, side);
    add_weights(map, weight_map_of_mask(mask, options.mask_weight));
  }
  return map;
}

}  // namespace

void EncodingOptions::visit(FieldVisitor& visitor) {
  visitor.field({.name = "size",
                 .help = "side of the square pictures are scaled and cut to, 0 for one tile of the "
                         "model; a multiple of the tile",
                 .min = 0,
                 .max = 1 << 15},
                size);
  std::string mode(resize_mode_name(resize));
  visitor.field({.name = "resize",
                 .help = "bilinear as published, area as in generation papers",
                 .choices = {"bilinear", "area"}},
                mode);
  resize = parse_resize_mode(mode);
  visitor.field({.name = "exif", .help = "turn pictures as their EXIF orientation says"}, exif);
  visitor.field({.name = "tokens",
                 .help = "tokens of a tile, any number; the model's own without",
                 .min = 1,
                 .max = 1 << 20},
                tokens);
  visitor.field({.name = "allow_duplicates",
                 .help = "repeat regions when more tokens are asked than fit, as published"},
                allow_duplicates);
  visitor.field(
      {.name = "roi", .help = "x,y,w,h[:weight] in pixels of the crop: more tokens go there"}, roi);
  visitor.field({.name = "mask", .help = "picture whose bright parts get more tokens"}, mask);
  visitor.field({.name = "mask_weight",
                 .help = "weight of a white pixel of the mask",
                 .min = 0,
                 .max = kLargestRoiWeight},
                mask_weight);
}

LoadedTokenizer load_tokenizer(const CommandContext& context, const TokenizerFiles& files) {
  return load_tokenizer(context, files, compute_place(context));
}

LoadedTokenizer load_tokenizer(const CommandContext& context, const TokenizerFiles& files,
                               const ComputePlace& place) {
  const ModelFolder model = ModelFolder::open(files, context.config, context.config_source());
  const std::string weights = model.tokenizer_weights().string();
  context.log.verbose(fmt::format("tokenizer: {}", weights));
  Tokenizer tokenizer =
      Tokenizer::load(model.config(), weights, context.log).to(place.device, place.type);
  return {std::move(tokenizer), model.name(), xxh3_hex(MappedFile(weights)), place};
}

PipelineSize pipeline_size(const CommandContext& context, const LoadedTokenizer& model,
                           const BatchOption& option, const PictureCount& pictures) {
  PipelineSize size{
      .count = pictures.count, .batch = 1, .threads = context.common.worker_threads()};
  if (!model.place.in_batches()) return size;
  size.batch =
      batch_size({.wanted = option.batch_size, .count = pictures.count, .side = pictures.side},
                 model.tokenizer.options(), model.place.device, model.place.type);
  return size;
}

int64_t picture_side(const EncodingOptions& options, const Tokenizer& tokenizer) {
  const int64_t tile = tokenizer.options().tile_side();
  if (options.size % tile != 0) {
    throw UsageError(fmt::format(
        "--size {}: this model works on tiles of {} pixels; give {}, {}, {} or another multiple",
        options.size, tile, tile, 2 * tile, 4 * tile));
  }
  return options.size == 0 ? tile : options.size;
}

EncodeOptions encode_options(const EncodingOptions& options, int64_t side) {
  return {.tokens = options.tokens,
          .attention = attention_map(options, side),
          .allow_duplicates = options.allow_duplicates};
}

Picture8 load_crop(const PictureSource& source, int64_t i, const EncodingOptions& options,
                   int64_t side) {
  try {
    const Picture8 picture = source.load(i, {.exif_orientation = options.exif});
    return preprocess(picture, {.size = static_cast<int>(side), .mode = options.resize});
  } catch (const IoError& error) {
    throw InputError(error.what());
  }
}

}  // namespace gpst
