#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/outputs.h"
#include "cli/reconstruct_report.h"
#include "cli/rejects.h"
#include "cli/tokenizer_setup.h"
#include "image/picture_source.h"
#include "sampler/tokenizer_batches.h"

namespace gpst {

// What a result looks like and what is written beside it.
struct ResultOptions {
  bool round = false;
  bool visualize = false;
  bool side_by_side = false;
  bool save_tokens = false;

  void visit(FieldVisitor& visitor);
};

struct ReconstructSettings {
  std::filesystem::path output;
  EncodingOptions encoding;
  ResultOptions result;

  // Everything that changes a picture, for its text and the report.
  std::string yaml() const { return to_yaml(encoding) + to_yaml(result); }
};

// Pictures to tokens and back, in the stations of run_tokenizer_job: writes imgs/REL.png and
// gt/REL.png, and when asked gaussians/REL.png, compare/REL.png, tokens/REL.safetensors. All
// thread-safe.
class ReconstructJob {
 public:
  // UsageError, InputError: settings that fit no picture of this model.
  ReconstructJob(ReconstructSettings settings, const PictureSource& source,
                 const LoadedTokenizer& model, Rejects& rejects);

  int64_t side() const { return side_; }

  // Existing results that this run would not have made: of another model or other settings.
  std::vector<std::filesystem::path> foreign_outputs() const;

  // A picture that cannot be used is rejected; one that an earlier run completed is kept.
  struct Loaded {
    ReconstructedPicture known = {};  // where nothing is left to make: rejected or kept
    bool to_make = false;
    Picture8 crop = {};
    std::vector<PngText> text = {};
    at::Tensor values = {};  // [3,side,side]
  };
  Loaded load(int64_t i) const;
  // Takes the values.
  BatchedPicture make(Loaded& loaded) const;
  // The pictures must stay until what is returned was called.
  Pending<BatchedPicture> start(TokenizerBatches& batches, std::span<const Loaded> pictures) const;
  // Writes the outputs; IoError when that fails.
  ReconstructedPicture finish(int64_t i, const Loaded& loaded, const BatchedPicture& made) const;

 private:
  std::filesystem::path path_of(const char* folder, int64_t i, const char* extension) const;
  std::vector<PngText> text_of(int64_t i, const std::string& source_id) const;
  ReconstructedPicture write(int64_t i, const Loaded& loaded, const BatchedPicture& made) const;
  Rounding rounding() const;
  void write_extras(int64_t i, const Picture8& crop, const Picture8& result,
                    const EncodedPicture& encoded, const std::vector<PngText>& text) const;
  ReconstructedPicture keep(int64_t i, const Picture8& crop) const;

  ReconstructSettings settings_;
  const PictureSource& source_;
  const LoadedTokenizer& model_;
  Rejects& rejects_;
  int64_t side_;
  EncodeOptions encode_;
};

}  // namespace gpst
