#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "cli/batch_option.h"
#include "cli/command.h"
#include "cli/compute_place.h"
#include "image/picture8.h"
#include "image/picture_source.h"
#include "image/preprocess.h"
#include "nn/batch_pipeline.h"
#include "sampler/model_folder.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

// How pictures are prepared and cut into tokens; the same for reconstruct, encode and visualize.
struct EncodingOptions {
  int64_t size = 0;
  ResizeMode resize = ResizeMode::bilinear;
  bool exif = false;
  std::optional<int64_t> tokens;
  bool allow_duplicates = false;
  std::vector<std::string> roi;
  std::string mask;
  double mask_weight = kDefaultRoiWeight;

  void visit(FieldVisitor& visitor);
};

// A tokenizer with what a report has to say about it.
struct LoadedTokenizer {
  Tokenizer tokenizer;     // at the place
  std::string name;        // the model folder or weights file, as found
  std::string weights_id;  // XXH3 of the weights file
  ComputePlace place;
};

// Finds and loads the tokenizer a call asks for, where it asks for it. Errors as ModelFolder,
// Tokenizer and compute_place.
LoadedTokenizer load_tokenizer(const CommandContext& context, const TokenizerFiles& files);
LoadedTokenizer load_tokenizer(const CommandContext& context, const TokenizerFiles& files,
                               const ComputePlace& place);

// How pictures go through the tokenizer in batches: as many as --batch-size says or memory allows;
// one on the CPU.
struct PictureCount {
  int64_t count = 0;
  int64_t side = 0;  // of each
};
PipelineSize pipeline_size(const CommandContext& context, const LoadedTokenizer& model,
                           const BatchOption& option, const PictureCount& pictures);

// The side of the square pictures are cut to: --size, or one tile of the model. UsageError unless
// it is a multiple of the tile.
int64_t picture_side(const EncodingOptions& options, const Tokenizer& tokenizer);

// --tokens, --roi and --mask for pictures of this side, checked before any picture is read.
EncodeOptions encode_options(const EncodingOptions& options, int64_t side);

// Reads picture `i` and cuts it as the options say. InputError when it cannot be used, also when
// the file itself cannot be read: a bad input costs itself only.
Picture8 load_crop(const PictureSource& source, int64_t i, const EncodingOptions& options,
                   int64_t side);

}  // namespace gpst
