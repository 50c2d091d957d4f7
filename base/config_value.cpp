#include "base/config_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace gpst {
namespace {

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Number value{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// A bound as people write it: integers without a point.
std::string format_bound(double value) { return fmt::format("{}", value); }

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_number(std::string_view text) {
  const std::optional<double> value = parse_whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<bool> parse_bool(std::string_view text) {
  constexpr std::array<std::string_view, 3> kTrue{"true", "yes", "on"};
  constexpr std::array<std::string_view, 3> kFalse{"false", "no", "off"};
  const std::string word = lower(text);
  if (std::count(kTrue.begin(), kTrue.end(), word) > 0) return true;
  if (std::count(kFalse.begin(), kFalse.end(), word) > 0) return false;
  return std::nullopt;
}

bool looks_like_number(std::string_view text) { return parse_number(text).has_value(); }
bool looks_like_bool(std::string_view text) { return parse_bool(text).has_value(); }
bool looks_like_null(std::string_view text) {
  return text.empty() || text == "~" || lower(text) == "null";
}

std::string format_number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find('.') != std::string::npos || !std::isfinite(value)) return text;
  const std::size_t exponent = text.find('e');
  return text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
}

std::string format_range(const FieldInfo& info) {
  if (!info.choices.empty()) return fmt::format("{}", fmt::join(info.choices, " | "));
  const bool has_min = std::isfinite(info.min);
  const bool has_max = std::isfinite(info.max);
  if (has_min && has_max) {
    return fmt::format("[{}, {}]", format_bound(info.min), format_bound(info.max));
  }
  if (has_min) return fmt::format(">= {}", format_bound(info.min));
  if (has_max) return fmt::format("<= {}", format_bound(info.max));
  return "";
}

std::string format_found(const ConfigNode& node) {
  constexpr std::size_t kLongest = 80;
  switch (node.kind) {
    case ConfigNode::Kind::null:
      return "null";
    case ConfigNode::Kind::list:
      return "a list";
    case ConfigNode::Kind::map:
      return "a group of keys";
    case ConfigNode::Kind::scalar:
      break;
  }
  if (node.text.size() <= kLongest) return fmt::format("\"{}\"", node.text);
  return fmt::format("\"{}...\"", node.text.substr(0, kLongest));
}

void refuse_value(const ConfigNode& node, std::string_view key, std::string_view what) {
  const std::string message = fmt::format("{}: {}: {}", node.origin, key, what);
  if (node.layer == ConfigNode::Layer::option) throw UsageError(message);
  throw ConfigError(message);
}

}  // namespace gpst
