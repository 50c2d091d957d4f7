#include "cli/reconstruct_job.h"

#include <ATen/ATen.h>

#include <array>
#include <chrono>

#include "base/files.h"
#include "base/hash.h"
#include "cli/gaussian_drawing.h"
#include "cli/token_file.h"
#include "eval/pixel_metrics.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

constexpr Colour kRefinedColour = {255, 210, 40};

class Stopwatch {
 public:
  // Seconds since construction or the last call.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

void ResultOptions::visit(FieldVisitor& visitor) {
  visitor.field({.name = "round", .help = "round to 8 bits instead of truncating as published"},
                round);
  visitor.field({.name = "visualize", .help = "write gaussians/REL.png: ellipses over the crop"},
                visualize);
  visitor.field({.name = "side_by_side", .help = "write compare/REL.png: crop beside result"},
                side_by_side);
  visitor.field({.name = "save_tokens", .help = "write tokens/REL.safetensors"}, save_tokens);
}

ReconstructJob::ReconstructJob(ReconstructSettings settings, const PictureSource& source,
                               const LoadedTokenizer& model, Rejects& rejects)
    : settings_(std::move(settings)),
      source_(source),
      model_(model),
      rejects_(rejects),
      side_(picture_side(settings_.encoding, model.tokenizer)),
      encode_(encode_options(settings_.encoding, side_)) {}

std::filesystem::path ReconstructJob::path_of(const char* folder, int64_t i,
                                              const char* extension) const {
  return settings_.output / folder / with_extension(source_.item(i).relative_path, extension);
}

std::vector<PngText> ReconstructJob::text_of(int64_t i, const std::string& source_id) const {
  return Provenance{.command = "reconstruct",
                    .model = model_.name,
                    .weights_id = model_.weights_id,
                    .settings = settings_.yaml(),
                    .device = model_.place.device_kind(),
                    .dtype = model_.place.type_name(),
                    .source = source_.item(i).relative_path,
                    .source_id = source_id}
      .text();
}

std::vector<std::filesystem::path> ReconstructJob::foreign_outputs() const {
  std::vector<std::filesystem::path> foreign;
  for (int64_t i = 0; i < source_.size(); ++i) {
    const std::filesystem::path path = path_of("imgs", i, ".png");
    if (path_exists(path.string()) && !is_same_output(path, text_of(i, ""), SourceHash::ignore)) {
      foreign.push_back(path);
    }
  }
  return foreign;
}

Rounding ReconstructJob::rounding() const {
  return settings_.result.round ? Rounding::nearest : Rounding::truncate;
}

// Reads a picture and finds out what is left to do.
ReconstructJob::Loaded ReconstructJob::load(int64_t i) const {
  Loaded loaded{.known = {.path = source_.item(i).relative_path}};
  try {
    loaded.crop = load_crop(source_, i, settings_.encoding, side_);
    loaded.text = text_of(i, xxh3_hex(source_.read(i).span()));
    const bool complete =
        is_same_output(path_of("imgs", i, ".png"), loaded.text, SourceHash::compare);
    // With duplicates the number of tokens is only known after encoding.
    loaded.to_make = !complete || encode_.allow_duplicates;
    if (loaded.to_make) {
      loaded.values = picture_tensor(loaded.crop);
    } else {
      loaded.known = keep(i, loaded.crop);
    }
  } catch (const InputError& error) {
    rejects_.add(source_.location(i), error.what());
  }
  return loaded;
}

BatchedPicture ReconstructJob::make(Loaded& loaded) const {
  BatchedPicture made;
  if (!loaded.to_make) return made;
  Stopwatch watch;
  made.encoded = model_.tokenizer.encode(std::exchange(loaded.values, {}), encode_);
  made.encode_seconds = watch.lap();
  const at::Tensor decoded = model_.tokenizer.decode(*made.encoded);  // [3,S,S]
  made.decode_seconds = watch.lap();
  made.decoded = picture_from(decoded, rounding());
  return made;
}

Pending<BatchedPicture> ReconstructJob::start(TokenizerBatches& batches,
                                              std::span<const Loaded> pictures) const {
  std::vector<at::Tensor> values;
  std::vector<bool> to_make;
  for (const Loaded& picture : pictures) {
    to_make.push_back(picture.to_make);
    if (picture.to_make) values.push_back(picture.values);
  }
  return at_places(batches.reconstruct(values, encode_, rounding()), std::move(to_make));
}

ReconstructedPicture ReconstructJob::finish(int64_t i, const Loaded& loaded,
                                            const BatchedPicture& made) const {
  if (!loaded.to_make) return loaded.known;
  if (made.problem.empty()) return write(i, loaded, made);
  rejects_.add(source_.location(i), made.problem);
  return loaded.known;
}

ReconstructedPicture ReconstructJob::write(int64_t i, const Loaded& loaded,
                                           const BatchedPicture& made) const {
  const Picture8& crop = loaded.crop;
  const EncodedPicture& encoded = *made.encoded;
  write_png(ready_to_write(path_of("gt", i, ".png")), crop, loaded.text);
  write_extras(i, crop, made.decoded, encoded, loaded.text);
  // The result comes last: where it stands, everything of its picture is complete.
  write_png(ready_to_write(path_of("imgs", i, ".png")), made.decoded, loaded.text);
  return {.state = ReconstructedPicture::State::made,
          .path = source_.item(i).relative_path,
          .psnr = psnr(crop, made.decoded),
          .ssim = ssim(crop, made.decoded),
          .tokens = encoded.tokens.tiles() * encoded.tokens.tokens(),
          .encode_seconds = made.encode_seconds,
          .decode_seconds = made.decode_seconds};
}

void ReconstructJob::write_extras(int64_t i, const Picture8& crop, const Picture8& result,
                                  const EncodedPicture& encoded,
                                  const std::vector<PngText>& text) const {
  if (settings_.result.visualize) {
    const auto ellipses =
        ellipses_of(encoded.tokens.geometry(), model_.tokenizer.options().tile_side());
    write_png(ready_to_write(path_of("gaussians", i, ".png")),
              draw_ellipses(crop, ellipses, kRefinedColour), text);
  }
  if (settings_.result.side_by_side) {
    const std::array<Picture8, 2> pair = {crop, result};
    write_png(ready_to_write(path_of("compare", i, ".png")), hstack(pair, 4), text);
  }
  if (settings_.result.save_tokens) {
    write_token_file(ready_to_write(path_of("tokens", i, ".safetensors")),
                     {encoded, side_, model_.weights_id});
  }
}

ReconstructedPicture ReconstructJob::keep(int64_t i, const Picture8& crop) const {
  const std::string path = path_of("imgs", i, ".png").string();
  const Picture8 result = decode(MappedFile(path).bytes(), DecodeLimits{}, path);
  const int64_t along = side_ / model_.tokenizer.options().tile_side();
  return {
      .state = ReconstructedPicture::State::kept,
      .path = source_.item(i).relative_path,
      .psnr = psnr(crop, result),
      .ssim = ssim(crop, result),
      .tokens = encode_.tokens.value_or(model_.tokenizer.options().gps.gps_num) * along * along};
}

}  // namespace gpst
