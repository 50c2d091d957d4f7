#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/common_options.h"
#include "image/png.h"

namespace gpst {

// What is embedded in each PNG, so that a picture says how it was made; `gpstoken info` prints it.
// Nothing in it depends on the machine (but for the kind of device), the time, threads or the
// output folder.
struct Provenance {
  std::string command = {};
  std::string model = {};
  std::string weights_id = {};
  std::string settings = {};   // resolved options as YAML
  std::string device = {};     // ComputePlace::device_kind
  std::string dtype = {};      // ComputePlace::type_name
  std::string source = {};     // relative path of the input
  std::string source_id = {};  // XXH3 of the input's bytes

  std::vector<PngText> text() const;
};

// Whether `path` is a complete PNG with this text: the same program, model, settings and input made
// it, so that making it again would give the same bytes. `ignore` leaves the input's hash open: the
// same but for the input's content.
enum class SourceHash { compare, ignore };
bool is_same_output(const std::filesystem::path& path, std::vector<PngText> text, SourceHash hash);

// For outputs that cannot be told apart: IoError for the first that exists, unless --overwrite.
void refuse_existing(const std::vector<std::filesystem::path>& paths, const CommonOptions& common);

// Creates the folder of `path`, then returns it as a string for the writers.
std::string ready_to_write(const std::filesystem::path& path);

}  // namespace gpst
