// Between the text of a scalar and a value, both ways, and the wording of ranges. Internal to
// base/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/config_node.h"
#include "base/field_visitor.h"

namespace gpst {

// nullopt when the text is no such value. Numbers are decimal and finite.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);
// true false yes no on off, in any letter case.
std::optional<bool> parse_bool(std::string_view text);

bool looks_like_number(std::string_view text);
bool looks_like_bool(std::string_view text);
bool looks_like_null(std::string_view text);

// Shortest text that reads back as the same number, with a point, so that it stays a number in
// every reader of YAML.
std::string format_number(double value);

// "[1, 100000]", ">= 0", "a | b"; "" when everything goes. Of a list: what holds for its items.
std::string format_range(const FieldInfo& info);

// What a value is, for messages: `"abc"`, `null`, `a list`, `a group of keys`.
std::string format_found(const ConfigNode& node);

// Throws "origin: key: what": UsageError for what was typed in the call, ConfigError for the rest.
[[noreturn]] void refuse_value(const ConfigNode& node, std::string_view key, std::string_view what);

}  // namespace gpst
