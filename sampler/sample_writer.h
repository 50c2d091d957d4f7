// Writes what the sampler makes: numbered PNGs, labels, a grid, an npz; and takes up again what an
// earlier call left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "image/png.h"
#include "sampler/picture_taker.h"
#include "sampler/sample_meter.h"
#include "sampler/sample_plan.h"

namespace gpst {

class Log;

struct SampleRun {
  std::filesystem::path folder;
  std::vector<PngText> text;  // the same in every PNG: how it was made
  bool overwrite = false;
  int threads = 1;  // that encode and write, beside those that make
  MeterOptions meter;
  std::string identity;  // the comment of the npz; as ArchiveRun::identity
};

struct SampleCounts {
  int64_t made = 0;
  int64_t kept = 0;                  // complete pictures of an earlier call with the same settings
  std::vector<MeterRow> table = {};  // of the speed on the way
};

// "000042.png"
std::string sample_name(int64_t index);

// Makes one picture at a time on each of `threads` threads.
PictureMaker one_by_one(std::function<Picture8(const SampleItem&)> make, int threads);

// Makes the pictures that are not there yet, each file complete or absent.
// IoError when a picture of other settings stands under one of the names (unless overwrite).
// Interrupted after the running pictures are written; the same call goes on from there.
SampleCounts write_samples(const std::vector<SampleItem>& items, const PictureMaker& make,
                           const SampleRun& run, Log& log);

// labels.txt: one class index a line, in the order of the items.
std::string labels_text(const std::vector<SampleItem>& items);

// All pictures of the run in rows of `columns` (0: near-square), read back from their files.
void write_grid(const std::filesystem::path& path, const std::vector<SampleItem>& items,
                const SampleRun& run, int columns);

// arr_0 uint8 [N,H,W,3] and arr_1 int64 [N] labels, streamed from the files.
void write_sample_npz(const std::filesystem::path& path, const std::vector<SampleItem>& items,
                      const SampleRun& run);

}  // namespace gpst
