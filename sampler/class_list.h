#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gpst {

// One class a model knows. The label is what the network sees: the row of the table, from 0.
struct ClassEntry {
  int64_t label = 0;
  std::string wnid;
  std::string name;
};

// The classes of a model: `classes.tsv` of a model folder (label, wnid, name, tab separated, with
// or without a heading line). A first column headed `label` must count 0, 1, 2, ...; headed
// anything else (ImageNet's own number, for one) it is not read, the row number is the label.
class ClassTable {
 public:
  // Throws IoError when the file cannot be read, InputError naming the line when it is malformed.
  static ClassTable from_file(const std::filesystem::path& path);
  static ClassTable from_text(std::string_view text, std::string origin);
  // Labels 0..count-1 without names, for a model that has no classes.tsv.
  static ClassTable unnamed(int64_t count);

  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  const std::vector<ClassEntry>& entries() const { return entries_; }

  // The label one word means: a number (the label itself), a wnid, a name, or a unique part of a
  // name; case, underscores and blanks make no difference. An exact name beats a part, and one of a
  // name's comma-separated synonyms counts as exact.
  // Throws UsageError: out of range, unknown (with the nearest name), ambiguous (with candidates).
  int64_t label_of(std::string_view word) const;

  // The labels of a list such as "3,lion,n02129165", in the order given, repeats kept.
  std::vector<int64_t> parse_list(std::string_view list) const;

 private:
  int64_t label_of_number(std::string_view word) const;
  [[noreturn]] void throw_unknown(std::string_view word) const;

  std::vector<ClassEntry> entries_;
  std::string origin_;
};

}  // namespace gpst
