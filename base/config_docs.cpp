#include "base/config_docs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "base/config_value.h"
#include "base/config_yaml.h"

namespace gpst {
namespace {

std::string yaml_of(bool value) { return value ? "true" : "false"; }
std::string yaml_of(std::int64_t value) { return fmt::format("{}", value); }
std::string yaml_of(double value) { return format_number(value); }
std::string yaml_of(const std::string& value) { return write_scalar(value); }

template <class T>
std::string yaml_of(const std::vector<T>& values) {
  std::vector<std::string> items;
  for (const T& value : values) items.push_back(yaml_of(value));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

template <class T>
std::string yaml_of(const std::optional<T>& value) {
  return value ? yaml_of(*value) : "null";
}

}  // namespace

void FieldVisitor::field(const FieldInfo& info, int& value) {
  FieldInfo narrowed = info;
  narrowed.min = std::max<double>(info.min, std::numeric_limits<int>::min());
  narrowed.max = std::min<double>(info.max, std::numeric_limits<int>::max());
  std::int64_t wide = value;
  field(narrowed, wide);
  value = static_cast<int>(wide);
}

FieldLister::FieldLister(std::string_view prefix) {
  if (!prefix.empty()) groups_.emplace_back(prefix);
}

void FieldLister::add(const FieldInfo& info, std::string type, std::string value) {
  docs_.push_back({.key = groups_.empty() ? std::string(info.name)
                                          : fmt::format("{}.{}", groups_.back(), info.name),
                   .type = std::move(type),
                   .default_value = std::move(value),
                   .range = format_range(info),
                   .help = std::string(info.help)});
}

void FieldLister::field(const FieldInfo& info, bool& value) {
  add(info, "true or false", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::int64_t& value) {
  add(info, "integer", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, double& value) {
  add(info, "number", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::string& value) {
  add(info, "text", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::vector<std::int64_t>& value) {
  add(info, "list of integers", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::vector<double>& value) {
  add(info, "list of numbers", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::vector<std::string>& value) {
  add(info, "list of texts", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::optional<std::int64_t>& value) {
  add(info, "integer or null", yaml_of(value));
}
void FieldLister::field(const FieldInfo& info, std::optional<double>& value) {
  add(info, "number or null", yaml_of(value));
}

void FieldLister::begin_group(std::string_view name, std::string_view) {
  groups_.push_back(groups_.empty() ? std::string(name)
                                    : fmt::format("{}.{}", groups_.back(), name));
}

void FieldLister::end_group() { groups_.pop_back(); }

std::string FieldLister::yaml() const {
  std::string text;
  std::vector<std::string_view> open;  // the groups the last line stands in
  for (const FieldDoc& doc : docs_) {
    std::vector<std::string_view> parts;
    for (std::string_view rest = doc.key; !rest.empty();) {
      const std::size_t dot = rest.find('.');
      parts.push_back(rest.substr(0, dot));
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    }
    const std::size_t groups = parts.size() - 1;
    std::size_t level = 0;
    while (level < std::min(groups, open.size()) && open[level] == parts[level]) ++level;
    for (; level < groups; ++level) text += fmt::format("{:{}}{}:\n", "", 2 * level, parts[level]);
    text += fmt::format("{:{}}{}: {}\n", "", 2 * groups, parts.back(), doc.default_value);
    parts.pop_back();
    open = std::move(parts);
  }
  return text;
}

}  // namespace gpst
