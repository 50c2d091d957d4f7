#include "cli/describe_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cli/describe_folder.h"
#include "cli/describe_safetensors.h"
#include "image/codec.h"
#include "image/png.h"
#include "io/file_kind.h"
#include "io/npz.h"
#include "io/shape.h"
#include "io/tar.h"

namespace gpst {
namespace {

using json = nlohmann::ordered_json;

json describe_npz(const std::string& path) {
  const NpzReader file = NpzReader::open(path);
  json arrays = json::object();
  for (const std::string& name : file.names()) {
    const NpyHeader header = file.header(name);
    arrays[name] = fmt::format("{} {}", dtype_name(header.dtype), shape_text(header.shape));
  }
  const bool statistics = file.contains("mu") && file.contains("sigma");
  const char* kind = statistics ? "statistics" : file.contains("arr_0") ? "samples" : "arrays";
  json result = {{"kind", kind}, {"format", "npz"}, {"arrays", std::move(arrays)}};
  if (!file.comment().empty()) {
    // What this program writes there is JSON; others may have written anything.
    const json made = json::parse(file.comment(), nullptr, false);
    result["comment"] = made.is_discarded() ? json(file.comment()) : made;
  }
  return result;
}

json describe_tar(const std::string& path) {
  const TarReader tar(path);
  int64_t bytes = 0;
  for (const TarEntry& entry : tar.entries()) bytes += entry.size;
  return {{"kind", "archive"},
          {"format", "tar"},
          {"files", tar.entries().size()},
          {"content_bytes", bytes}};
}

json describe_picture(std::span<const std::byte> bytes, const std::string& path) {
  const PictureHeader header = read_picture_header(bytes, DecodeLimits{}, path);
  json result = {{"kind", "picture"},
                 {"format", format_name(header.format)},
                 {"width", header.width},
                 {"height", header.height}};
  if (header.format != Format::png) return result;
  json text = json::object();
  for (const PngText& each : read_png_text(bytes, path)) text[each.key] = each.value;
  if (!text.empty()) result["text"] = std::move(text);
  return result;
}

bool ends_with(const std::string& path, const char* extension) { return path.ends_with(extension); }

json describe_by_content(const std::string& path) {
  const MappedFile file(path);
  try {
    return describe_picture(file.bytes(), path);
  } catch (const InputError&) {
    const std::string hint = foreign_file_hint(file.bytes());
    throw InputError(
        fmt::format("{}: expected safetensors, npz, tar, a picture or a folder of this "
                    "program; {}",
                    path, hint.empty() ? "its content is unknown" : hint));
  }
}

void append_text(const json& value, const std::string& indent, std::string& text) {
  for (const auto& [key, item] : value.items()) {
    const std::string name = value.is_array() ? "-" : key + ":";
    const bool nested = item.is_object() || (item.is_array() && item.size() > 8);
    if (nested) {
      text += fmt::format("{}{}\n", indent, name);
      append_text(item, indent + "  ", text);
    } else if (item.is_string() && item.get<std::string>().find('\n') != std::string::npos) {
      std::string lines = item.get<std::string>();
      if (lines.ends_with('\n')) lines.pop_back();
      for (size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at + 1)) {
        lines.insert(at + 1, indent + "  ");
      }
      text += fmt::format("{}{}\n{}  {}\n", indent, name, indent, lines);
    } else {
      text += fmt::format("{}{} {}\n", indent, name,
                          item.is_string() ? item.get<std::string>() : item.dump());
    }
  }
}

}  // namespace

json describe_path(const std::string& path) {
  json result = {{"path", path}};
  json facts;
  if (is_directory(path)) {
    facts = describe_folder(path);
  } else {
    result["bytes"] = MappedFile(path).bytes().size();
    facts = ends_with(path, ".safetensors") ? describe_safetensors(path)
            : ends_with(path, ".npz")       ? describe_npz(path)
            : ends_with(path, ".tar")       ? describe_tar(path)
                                            : describe_by_content(path);
  }
  result.update(facts);
  return result;
}

std::string as_text(const json& description) {
  std::string text;
  append_text(description, "", text);
  return text;
}

}  // namespace gpst
