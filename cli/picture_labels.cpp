#include "cli/picture_labels.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

constexpr const char* kOnlyClass = "picture";

ClassTable table_of_folders(const PictureSource& source) {
  std::set<std::string> names;
  for (int64_t i = 0; i < source.size(); ++i) names.insert(source.item(i).label_part);
  std::string text = "label\twnid\tname\n";
  int64_t label = 0;
  for (const std::string& name : names) {
    const std::string shown = name.empty() ? kOnlyClass : name;
    text += fmt::format("{0}\t{1}\t{1}\n", label++, shown);
  }
  return ClassTable::from_text(text, "folder names of the pictures");
}

}  // namespace

ClassTable class_table_for(const PictureSource& source, const ModelFolder& model,
                           const std::string& named) {
  if (!named.empty()) return ClassTable::from_file(named);
  const auto own = model.folder() / "classes.tsv";
  if (!model.folder().empty() && path_exists(own.string())) return ClassTable::from_file(own);
  return table_of_folders(source);
}

std::vector<int64_t> labels_of(const PictureSource& source, const std::vector<int64_t>& positions,
                               const ClassTable& table) {
  std::map<std::string, int64_t> known;  // of the folder names met so far
  for (const ClassEntry& entry : table.entries()) known[entry.wnid] = entry.label;
  std::vector<int64_t> labels;
  for (const int64_t position : positions) {
    const std::string& part = source.item(position).label_part;
    const std::string name = part.empty() ? kOnlyClass : part;
    auto found = known.find(name);
    if (found == known.end()) {
      try {
        found = known.emplace(name, table.label_of(name)).first;
      } catch (const UsageError& error) {
        throw InputError(
            fmt::format("{}: the class of a picture is the first folder of its path (its wnid): {}",
                        source.location(position), error.what()));
      }
    }
    labels.push_back(found->second);
  }
  return labels;
}

std::string class_table_text(const ClassTable& table) {
  std::string text = "label\twnid\tname\n";
  for (const ClassEntry& entry : table.entries()) {
    text += fmt::format("{}\t{}\t{}\n", entry.label, entry.wnid, entry.name);
  }
  return text;
}

}  // namespace gpst
