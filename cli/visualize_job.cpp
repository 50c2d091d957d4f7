#include "cli/visualize_job.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/files.h"
#include "cli/drawing_canvas.h"
#include "cli/outputs.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

constexpr Colour kInitialColour = {80, 200, 255};
constexpr Colour kRefinedColour = {255, 210, 40};
constexpr Colour kRegionColour = {120, 255, 120};
constexpr int64_t kGoodSize = 512;  // small pictures are enlarged to about this side

// One picture in its stages.
struct Drawing {
  Picture8 crop;
  Picture8 result;
  std::vector<Partition> partitions;
  EncodedPicture encoded;
};

Drawing draw(const Picture8& crop, const Tokenizer& tokenizer, const EncodeOptions& options) {
  const at::Tensor picture = picture_tensor(crop);  // [3,S,S]
  EncodedPicture encoded = tokenizer.encode(picture, options);
  Picture8 result = picture_from(tokenizer.decode(encoded), Rounding::truncate);
  return {crop, std::move(result), tokenizer.partition(picture, options), std::move(encoded)};
}

// One row for each way of encoding: regions, refined Gaussians, result.
Picture8 comparison(const Picture8& crop, const DrawingCanvas& canvas, const Tokenizer& tokenizer,
                    const std::vector<EncodeOptions>& ways) {
  std::vector<Picture8> cells;
  for (const EncodeOptions& way : ways) {
    const Drawing drawing = draw(crop, tokenizer, way);
    cells.push_back(
        draw_outlines(canvas.base(), canvas.outlines(drawing.partitions), kRegionColour));
    cells.push_back(draw_ellipses(canvas.base(), canvas.ellipses(drawing.encoded.tokens.geometry()),
                                  kRefinedColour));
    cells.push_back(canvas.enlarged(drawing.result));
  }
  return make_grid(cells, {.columns = 3, .padding = 4});
}

std::vector<SvgLayer> layers_of(const Drawing& drawing, const DrawingCanvas& canvas) {
  return {
      {.id = "regions", .colour = kRegionColour, .outlines = canvas.outlines(drawing.partitions)},
      {.id = "initial",
       .colour = kInitialColour,
       .ellipses = canvas.ellipses(drawing.encoded.initial.values())},
      {.id = "refined",
       .colour = kRefinedColour,
       .ellipses = canvas.ellipses(drawing.encoded.tokens.geometry())}};
}

}  // namespace

void VisualizeOptions::visit(FieldVisitor& visitor) {
  visitor.field({.name = "input", .help = "files, folders, tar files or lists of paths"}, input);
  visitor.field({.name = "output", .help = "folder for the drawings"}, output);
  visitor.field({.name = "compare_tokens",
                 .help = "token counts to set side by side, for example 32,64,128",
                 .min = 1,
                 .max = 1 << 20,
                 .max_items = 16},
                compare_tokens);
  visitor.field({.name = "scale",
                 .help = "enlarge the picture so many times before drawing, 0 for about 512 pixels",
                 .min = 0,
                 .max = 64},
                scale);
  encoding.visit(visitor);
}

VisualizeJob::VisualizeJob(const VisualizeOptions& options, const PictureSource& source,
                           const LoadedTokenizer& model)
    : options_(options),
      source_(source),
      model_(model),
      side_(picture_side(options.encoding, model.tokenizer)),
      scale_(options.scale == 0 ? std::max<int64_t>(1, kGoodSize / side_) : options.scale),
      encode_(encode_options(options.encoding, side_)) {}

std::vector<std::filesystem::path> VisualizeJob::outputs(int64_t i) const {
  std::vector<std::filesystem::path> paths;
  for (const char* part : {".regions.png", ".initial.png", ".refined.png", ".svg"}) {
    paths.push_back(path(i, part));
  }
  if (!options_.compare_tokens.empty()) paths.push_back(path(i, ".tokens.png"));
  if (!encode_.attention.empty()) paths.push_back(path(i, ".roi.png"));
  return paths;
}

void VisualizeJob::run(int64_t i) const {
  const int64_t tile = model_.tokenizer.options().tile_side();
  const Picture8 crop = load_crop(source_, i, options_.encoding, side_);
  const DrawingCanvas canvas(crop, tile, scale_);
  const std::vector<SvgLayer> layers = layers_of(draw(crop, model_.tokenizer, encode_), canvas);
  write(i, ".regions.png", draw_outlines(canvas.base(), layers[0].outlines, layers[0].colour));
  write(i, ".initial.png", draw_ellipses(canvas.base(), layers[1].ellipses, layers[1].colour));
  write(i, ".refined.png", draw_ellipses(canvas.base(), layers[2].ellipses, layers[2].colour));
  write_file_atomic(ready_to_write(path(i, ".svg")), svg_of(canvas.base(), layers));
  if (!options_.compare_tokens.empty()) {
    std::vector<EncodeOptions> ways(options_.compare_tokens.size(), encode_);
    for (size_t n = 0; n < ways.size(); ++n) ways[n].tokens = options_.compare_tokens[n];
    write(i, ".tokens.png", comparison(crop, canvas, model_.tokenizer, ways));
  }
  if (!encode_.attention.empty()) {
    EncodeOptions plain = encode_;
    plain.attention = {};
    write(i, ".roi.png", comparison(crop, canvas, model_.tokenizer, {plain, encode_}));
  }
}

std::filesystem::path VisualizeJob::path(int64_t i, const char* extension) const {
  return std::filesystem::path(options_.output) /
         with_extension(source_.item(i).relative_path, extension);
}

void VisualizeJob::write(int64_t i, const char* extension, const Picture8& picture) const {
  const Provenance provenance = {.command = "visualize",
                                 .model = model_.name,
                                 .weights_id = model_.weights_id,
                                 .settings = to_yaml(options_.encoding),
                                 .device = model_.place.device_kind(),
                                 .dtype = model_.place.type_name(),
                                 .source = source_.item(i).relative_path,
                                 .source_id = {}};
  write_png(ready_to_write(path(i, extension)), picture, provenance.text());
}

}  // namespace gpst
