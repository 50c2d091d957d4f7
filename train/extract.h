// Pictures -> token shards, for the training of the generators.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "image/preprocess.h"
#include "io/safetensors.h"
#include "tokenizer/tokenizer.h"
#include "train/extraction_parts.h"

namespace gpst {

class Log;
class PictureSource;

struct ExtractOptions {
  std::optional<int64_t> tokens;  // of a picture; absent: the tokenizer's own number
  bool flips = false;             // the mirrored pictures too
  int64_t shard_size = 4096;      // pictures a shard
  DType dtype = DType::f32;       // f16 or f32
  ResizeMode resize = ResizeMode::bilinear;
  int threads = 1;
  int64_t batch_size = 1;  // pictures at a time; 1: one a thread, as is best on a CPU
  bool show_progress = true;
  ExtractionPart part = {};            // of several processes that extract into the folder together
  std::chrono::seconds patience{120};  // of process 0 for one that does not run
};

struct ExtractReport {
  int64_t pictures = 0;  // that have tokens
  int64_t rejected = 0;  // that have none; see rejects.jsonl. Both count earlier runs too
  int64_t shards = 0;    // of processes other than 0 everything is of their part only
};

struct ExtractJob {
  const Tokenizer& tokenizer;
  std::string tokenizer_hash;    // of configuration and weights
  std::string tokenizer_config;  // YAML
  const PictureSource& source;
  std::span<const int64_t> positions;  // which pictures of the source, ascending
  std::span<const int64_t> labels;     // of those
  int64_t classes = 0;
};

// Writes `folder`/tokens_00000.safetensors ..., index.json with statistics, rejects.jsonl. Shards
// that stand in an index of the same job are kept: an interrupted extraction goes on, to the same
// bytes, and a finished one is left alone. A shard whose file is gone or cut is made again. A
// picture that cannot be read costs itself only. InputError when the folder holds another job's
// tokens, and when every picture was rejected; Interrupted after a signal. Of several processes
// each writes its shards; process 0 then waits for the others' and writes index.json, statistics
// and rejects.jsonl, to the bytes a single process makes. IoError when shards are missing of a
// process that has not run for `patience`.
ExtractReport extract_tokens(const ExtractJob& job, const ExtractOptions& options,
                             const std::filesystem::path& folder, Log& log);

// Removes index, rejects and shards of an earlier extraction, whatever its job.
void remove_tokens(const std::filesystem::path& folder);

}  // namespace gpst
