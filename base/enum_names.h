// The names of an enumeration, both ways (EnumName: field_visitor.h).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/field_visitor.h"

namespace gpst {

// ConfigError: "`what` '`name`' is unknown: expected one of ...".
[[noreturn]] void refuse_enum_name(std::string_view what, std::string_view name,
                                   const std::vector<std::string_view>& known);

// The value of that name, else refuse_enum_name.
template <class Enum, std::size_t n>
Enum parse_enum(std::string_view what, std::string_view name,
                const std::array<EnumName<Enum>, n>& names) {
  std::vector<std::string_view> known;
  for (const EnumName<Enum>& each : names) {
    if (each.name == name) return each.value;
    known.push_back(each.name);
  }
  refuse_enum_name(what, name, known);
}

template <class Enum, std::size_t n>
std::string name_in(const std::array<EnumName<Enum>, n>& names, Enum value) {
  for (const EnumName<Enum>& each : names) {
    if (each.value == value) return std::string(each.name);
  }
  return "";
}

}  // namespace gpst
