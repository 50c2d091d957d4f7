#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/tokenizer_setup.h"
#include "image/picture_source.h"

namespace gpst {

struct VisualizeOptions {
  std::vector<std::string> input;
  std::string output;
  std::vector<int64_t> compare_tokens;
  int64_t scale = 0;
  EncodingOptions encoding;

  void visit(FieldVisitor& visitor);
};

// Draws the pictures of a source; run() is thread-safe.
class VisualizeJob {
 public:
  // UsageError, InputError: settings that fit no picture of this model. Keeps references.
  VisualizeJob(const VisualizeOptions& options, const PictureSource& source,
               const LoadedTokenizer& model);

  // What run(i) writes.
  std::vector<std::filesystem::path> outputs(int64_t i) const;
  // InputError when the picture cannot be used.
  void run(int64_t i) const;

 private:
  std::filesystem::path path(int64_t i, const char* extension) const;
  void write(int64_t i, const char* extension, const Picture8& picture) const;

  const VisualizeOptions& options_;
  const PictureSource& source_;
  const LoadedTokenizer& model_;
  int64_t side_;
  int64_t scale_;
  EncodeOptions encode_;
};

}  // namespace gpst
