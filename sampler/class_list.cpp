#include "sampler/class_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"

namespace gpst {
namespace {

constexpr size_t kMostCandidates = 12;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The form in which names are compared: lower case, underscores and dashes as blanks.
std::string folded(std::string_view text) {
  std::string result(trim(text));
  for (char& c : result) {
    c = (c == '_' || c == '-') ? ' '
                               : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool names_exactly(const ClassEntry& entry, const std::string& wanted) {
  if (folded(entry.wnid) == wanted || folded(entry.name) == wanted) return true;
  const auto synonyms = split(entry.name, ',');
  return std::any_of(synonyms.begin(), synonyms.end(),
                     [&](std::string_view synonym) { return folded(synonym) == wanted; });
}

std::string candidates_text(const std::vector<const ClassEntry*>& found) {
  std::string text;
  for (size_t i = 0; i < std::min(found.size(), kMostCandidates); ++i) {
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", found[i]->name, found[i]->label);
  }
  if (found.size() > kMostCandidates) {
    text += fmt::format(" and {} more", found.size() - kMostCandidates);
  }
  return text;
}

ClassEntry parse_row(std::string_view line, int64_t row, bool first_is_label,
                     const std::string& where) {
  const auto columns = split(line, '\t');
  if (columns.size() < 3) {
    throw InputError(
        fmt::format("{}: expected three tab-separated columns (label, wnid, name), found {}", where,
                    columns.size()));
  }
  if (first_is_label && trim(columns[0]) != std::to_string(row)) {
    throw InputError(
        fmt::format("{}: expected label {} (labels count from 0 without gaps), found '{}'", where,
                    row, columns[0]));
  }
  return {row, std::string(trim(columns[1])), std::string(trim(columns[2]))};
}

}  // namespace

ClassTable ClassTable::from_file(const std::filesystem::path& path) {
  return from_text(read_file(path), path.string());
}

ClassTable ClassTable::from_text(std::string_view text, std::string origin) {
  ClassTable table;
  table.origin_ = std::move(origin);
  bool first_is_label = true;
  int64_t line_number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++line_number;
    if (trim(line).empty()) continue;
    const std::string_view first_column = trim(line.substr(0, line.find('\t')));
    if (table.entries_.empty() && line_number == 1 && !is_number(first_column)) {
      first_is_label = folded(first_column) == "label";
      continue;
    }
    const std::string where = fmt::format("{}:{}", table.origin_, line_number);
    table.entries_.push_back(parse_row(line, table.size(), first_is_label, where));
  }
  if (table.entries_.empty()) {
    throw InputError(fmt::format(
        "{}: no classes in this table; expected lines of label, wnid, name", table.origin_));
  }
  return table;
}

ClassTable ClassTable::unnamed(int64_t count) {
  ClassTable table;
  table.origin_ = "this model (it has no classes.tsv)";
  for (int64_t label = 0; label < count; ++label) {
    table.entries_.push_back({label, "", fmt::format("class {}", label)});
  }
  return table;
}

int64_t ClassTable::label_of_number(std::string_view word) const {
  int64_t label = -1;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), label);
  if (parsed.ec != std::errc() || label >= size()) {
    throw UsageError(
        fmt::format("class {} does not exist: {} has classes 0 to {}", word, origin_, size() - 1));
  }
  return label;
}

void ClassTable::throw_unknown(std::string_view word) const {
  std::vector<std::string> names;
  for (const ClassEntry& entry : entries_) {
    for (const std::string_view synonym : split(entry.name, ',')) names.push_back(folded(synonym));
  }
  throw UsageError(fmt::format("no class of {} is called '{}'{}", origin_, word,
                               did_you_mean(folded(word), names)));
}

int64_t ClassTable::label_of(std::string_view word) const {
  const std::string wanted = folded(word);
  if (wanted.empty()) throw UsageError("an empty class name; expected a number, a wnid or a name");
  if (is_number(wanted)) return label_of_number(wanted);
  std::vector<const ClassEntry*> exact;
  std::vector<const ClassEntry*> partial;
  for (const ClassEntry& entry : entries_) {
    if (names_exactly(entry, wanted)) exact.push_back(&entry);
    if (folded(entry.name).find(wanted) != std::string::npos) partial.push_back(&entry);
  }
  const auto& found = exact.empty() ? partial : exact;
  if (found.empty()) throw_unknown(word);
  if (found.size() > 1) {
    throw UsageError(fmt::format("'{}' fits {} classes: {}. Give more of the name, or the number.",
                                 word, found.size(), candidates_text(found)));
  }
  return found.front()->label;
}

std::vector<int64_t> ClassTable::parse_list(std::string_view list) const {
  std::vector<int64_t> labels;
  for (const std::string_view word : split(list, ',')) labels.push_back(label_of(word));
  return labels;
}

}  // namespace gpst
