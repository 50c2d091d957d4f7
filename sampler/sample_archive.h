// Writes what the sampler makes straight into one npz, and goes on with one that an earlier call
// began.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sampler/picture_taker.h"
#include "sampler/sample_plan.h"
#include "sampler/sample_writer.h"

namespace gpst {

class Log;

struct ArchiveRun {
  std::filesystem::path path;  // of the npz
  int64_t side = 0;            // of the pictures, in pixels
  // How the pictures are made, one line; the archive's comment. Equal texts, equal pictures.
  std::string identity;
  int threads = 1;
  bool overwrite = false;
  MeterOptions meter;
};

// arr_0 uint8 [N,S,S,3] and arr_1 int64 [N] labels, the bytes of write_sample_npz. Memory does not
// grow with N. Until all pictures are there the file is `path`.partial, beside it `path`.journal
// with the identity and a line "INDEX CRC32" for every finished picture; a picture counts when its
// bytes still have that checksum. After any end of the process, or of the machine, the same call
// goes on to the same bytes.
//
// A finished npz with the same identity is kept as it is. IoError when one of another identity, or
// a journal of one, stands there (unless overwrite), and when another process is writing it.
SampleCounts write_sample_archive(const std::vector<SampleItem>& items, const PictureMaker& make,
                                  const ArchiveRun& run, Log& log);

}  // namespace gpst
