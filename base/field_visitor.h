// One owner of an option: an options struct declares its fields once,
//
//   struct SamplingOptions {
//     std::int64_t steps = 250;
//     double cfg = 4.0;
//     void visit(FieldVisitor& v) {
//       v.field({.name = "steps", .help = "integration steps", .min = 1, .max = 100000}, steps);
//       v.field({.name = "cfg", .help = "guidance scale", .min = 0}, cfg);
//     }
//   };
//
// and reading, checking, --help, the documentation and the resolved configuration are visitors
// (config.h). The default of a field is the value a fresh struct has.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpst {

struct FieldInfo {
  std::string_view name = {};
  std::string_view help = {};
  // Closed range of a number, or of every number of a list.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  // What a text, or every text of a list, may be; empty: anything.
  std::vector<std::string_view> choices = {};
  // How many items a list may have.
  std::size_t min_items = 0;
  std::size_t max_items = 1000000;
};

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void field(const FieldInfo& info, bool& value) = 0;
  virtual void field(const FieldInfo& info, std::int64_t& value) = 0;
  virtual void field(const FieldInfo& info, double& value) = 0;
  virtual void field(const FieldInfo& info, std::string& value) = 0;
  virtual void field(const FieldInfo& info, std::vector<std::int64_t>& value) = 0;
  virtual void field(const FieldInfo& info, std::vector<double>& value) = 0;
  virtual void field(const FieldInfo& info, std::vector<std::string>& value) = 0;
  virtual void field(const FieldInfo& info, std::optional<std::int64_t>& value) = 0;
  virtual void field(const FieldInfo& info, std::optional<double>& value) = 0;
  // A nested struct; see group().
  virtual void begin_group(std::string_view name, std::string_view help) = 0;
  virtual void end_group() = 0;

  // An `int` is an int64_t whose range ends where int ends.
  void field(const FieldInfo& info, int& value);
};

// A struct that declares its fields.
template <class T>
concept Visitable = requires(T& options, FieldVisitor& visitor) {
  options.visit(visitor);
};

// Declares the fields of `nested` as a group: their keys are `name.field`.
template <Visitable T>
void group(FieldVisitor& visitor, std::string_view name, std::string_view help, T& nested) {
  visitor.begin_group(name, help);
  nested.visit(visitor);
  visitor.end_group();
}

// An enumeration field, written as one of the names. `names` lists every value once; `info.choices`
// is filled from it.
template <class Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};
template <class Enum, std::size_t n>
void enum_field(FieldVisitor& visitor, FieldInfo info, Enum& value,
                const std::array<EnumName<Enum>, n>& names) {
  std::string text;
  for (const EnumName<Enum>& each : names) {
    info.choices.push_back(each.name);
    if (each.value == value) text = each.name;
  }
  visitor.field(info, text);
  for (const EnumName<Enum>& each : names) {
    if (each.name == text) value = each.value;
  }
}

}  // namespace gpst
