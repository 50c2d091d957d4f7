#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/config.h"
#include "base/config_value.h"
#include "base/nearest.h"

namespace gpst {
namespace {

using Kind = ConfigNode::Kind;

// One field on its way in: what it is, what was given, and how to complain.
struct Given {
  const FieldInfo& info;
  const ConfigNode& node;
  std::string key;
};

// "an integer in [1, 5]", with the range behind the name of the type.
std::string expectation(std::string_view type, const FieldInfo& info) {
  const std::string range = format_range(info);
  if (!info.choices.empty()) return fmt::format("one of {}", range);
  if (range.empty()) return std::string(type);
  return fmt::format("{} {}{}", type, range.front() == '[' ? "in " : "", range);
}

[[noreturn]] void refuse(const Given& given, std::string_view expected,
                         std::string_view hint = "") {
  refuse_value(given.node, given.key,
               fmt::format("expected {}, found {}{}", expected, format_found(given.node), hint));
}

bool in_range(const FieldInfo& info, double value) {
  return value >= info.min && value <= info.max;
}

// The text of a plain scalar; nothing for text in quotes, which is no number.
std::string_view plain_text(const ConfigNode& node) {
  return node.kind == Kind::scalar && !node.quoted ? std::string_view(node.text) : "";
}

// YAML is strict; the environment and the command line are typed by hand.
bool is_from_file(const ConfigNode& node) { return node.layer == ConfigNode::Layer::file; }

void convert(const Given& given, bool& value) {
  std::string_view text = plain_text(given.node);
  if (!is_from_file(given.node) && text == "1") text = "true";
  if (!is_from_file(given.node) && text == "0") text = "false";
  const auto parsed = parse_bool(text);
  if (!parsed) refuse(given, "true or false");
  value = *parsed;
}

void convert(const Given& given, std::int64_t& value) {
  const auto parsed = parse_integer(plain_text(given.node));
  if (!parsed || !in_range(given.info, static_cast<double>(*parsed))) {
    refuse(given, expectation("an integer", given.info));
  }
  value = *parsed;
}

void convert(const Given& given, double& value) {
  const auto parsed = parse_number(plain_text(given.node));
  if (!parsed || !in_range(given.info, *parsed)) {
    refuse(given, expectation("a number", given.info));
  }
  value = *parsed;
}

// null stands for "none" in published configurations: loss_weight: null.
void convert(const Given& given, std::string& value) {
  const bool is_text = given.node.kind == Kind::scalar || given.node.kind == Kind::null;
  const std::string text = given.node.kind == Kind::null ? "none" : given.node.text;
  const auto& choices = given.info.choices;
  const bool chosen =
      choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end();
  if (!is_text || !chosen) {
    const std::vector<std::string> names(choices.begin(), choices.end());
    refuse(given, expectation("text", given.info), is_text ? did_you_mean(text, names) : "");
  }
  value = text;
}

// An absent value: null, and the words for it outside files.
template <class T>
void convert(const Given& given, std::optional<T>& value) {
  const std::string_view text = plain_text(given.node);
  const bool is_null = given.node.kind == Kind::null || text == "none" || text == "null" ||
                       text == "~" || (given.node.kind == Kind::scalar && given.node.text.empty());
  if (is_null) {
    value.reset();
  } else {
    convert(given, value.emplace());
  }
}

// Outside files `64,64` is a list too.
std::vector<ConfigNode> items_of(const ConfigNode& node) {
  if (node.kind == Kind::list) return node.children;
  std::vector<ConfigNode> items;
  std::string_view rest = node.text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    ConfigNode item{.kind = Kind::scalar, .layer = node.layer, .origin = node.origin};
    item.text = rest.substr(0, comma);
    items.push_back(std::move(item));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return items;
}

std::string count_expectation(const FieldInfo& info) {
  if (info.min_items == info.max_items) return fmt::format("a list of {}", info.min_items);
  return fmt::format("a list of {} to {}", info.min_items, info.max_items);
}

template <class T>
void convert(const Given& given, std::vector<T>& value) {
  const bool is_list = given.node.kind == Kind::list ||
                       (given.node.kind == Kind::scalar && !is_from_file(given.node));
  if (!is_list) refuse(given, "a list such as [64, 64]");
  const std::vector<ConfigNode> items = items_of(given.node);
  if (items.size() < given.info.min_items || items.size() > given.info.max_items) {
    refuse_value(
        given.node, given.key,
        fmt::format("expected {}, found {} items", count_expectation(given.info), items.size()));
  }
  std::vector<T> values(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    convert(Given{given.info, items[i], fmt::format("{}[{}]", given.key, i)}, values[i]);
  }
  value = std::move(values);
}

}  // namespace

ConfigReader::ConfigReader(const Config& config, std::string_view prefix) : config_(config) {
  if (!prefix.empty()) groups_.emplace_back(prefix);
}

template <class T>
void ConfigReader::read_field(const FieldInfo& info, T& value) {
  const std::string key =
      groups_.empty() ? std::string(info.name) : fmt::format("{}.{}", groups_.back(), info.name);
  const ConfigNode* const node = config_.winning_value(key);
  if (node != nullptr) convert(Given{info, *node, config_.full_key(key)}, value);
}

void ConfigReader::field(const FieldInfo& info, bool& value) { read_field(info, value); }
void ConfigReader::field(const FieldInfo& info, std::int64_t& value) { read_field(info, value); }
void ConfigReader::field(const FieldInfo& info, double& value) { read_field(info, value); }
void ConfigReader::field(const FieldInfo& info, std::string& value) { read_field(info, value); }
void ConfigReader::field(const FieldInfo& info, std::vector<std::int64_t>& value) {
  read_field(info, value);
}
void ConfigReader::field(const FieldInfo& info, std::vector<double>& value) {
  read_field(info, value);
}
void ConfigReader::field(const FieldInfo& info, std::vector<std::string>& value) {
  read_field(info, value);
}
void ConfigReader::field(const FieldInfo& info, std::optional<std::int64_t>& value) {
  read_field(info, value);
}
void ConfigReader::field(const FieldInfo& info, std::optional<double>& value) {
  read_field(info, value);
}

void ConfigReader::begin_group(std::string_view name, std::string_view) {
  groups_.push_back(groups_.empty() ? std::string(name)
                                    : fmt::format("{}.{}", groups_.back(), name));
}

void ConfigReader::end_group() { groups_.pop_back(); }

}  // namespace gpst
