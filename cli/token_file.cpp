#include "cli/token_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "nn/weights.h"

namespace gpst {
namespace {

constexpr const char* kFormat = "gpst-tokens-1";

std::string metadata_value(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    throw InputError(
        fmt::format("{}: no '{}' in its metadata; expected a file written by 'gpstoken encode'",
                    file.path(), key));
  }
  return found->second;
}

int64_t metadata_number(const SafetensorsFile& file, const std::string& key) {
  const std::string text = metadata_value(file, key);
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 1) {
    throw InputError(
        fmt::format("{}: metadata {} is '{}', expected a positive number", file.path(), key, text));
  }
  return value;
}

}  // namespace

void write_token_file(const std::string& path, const TokenFile& file) {
  save_tensors(path,
               {{"tokens", file.picture.tokens.values()}, {"init", file.picture.initial.values()}},
               {{"format", kFormat},
                {"model", file.weights_id},
                {"size", std::to_string(file.side)},
                {"tiles", std::to_string(file.picture.tiles)}});
}

TokenFile read_token_file(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const std::string format = metadata_value(file, "format");
  if (format != kFormat) {
    throw InputError(fmt::format("{}: format '{}', expected {}", path, format, kFormat));
  }
  const int64_t tiles = metadata_number(file, "tiles");
  const Tokens tokens(to_tensor_f32(file.get("tokens")));
  const Layout initial(to_tensor_f32(file.get("init")));
  if (tiles > (1 << 10) || tokens.tiles() != tiles * tiles || initial.tiles() != tokens.tiles() ||
      initial.tokens() != tokens.tokens()) {
    throw InputError(
        fmt::format("{}: {} tiles along a side, but tokens of {} tiles and initial Gaussians of {}",
                    path, tiles, tokens.tiles(), initial.tiles()));
  }
  return {{initial, tokens, tiles}, metadata_number(file, "size"), metadata_value(file, "model")};
}

}  // namespace gpst
