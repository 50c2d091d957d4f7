#include "base/config.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "base/config_value.h"
#include "base/config_yaml.h"
#include "base/error.h"
#include "base/files.h"

extern char** environ;

namespace gpst {
namespace {

using Kind = ConfigNode::Kind;
using Layer = ConfigNode::Layer;

std::string join_key(std::string_view prefix, std::string_view key) {
  if (prefix.empty()) return std::string(key);
  return key.empty() ? std::string(prefix) : fmt::format("{}.{}", prefix, key);
}

// The environment's name of a key: "a.b-c" is A_B_C.
std::string environment_name(std::string_view dotted_key) {
  std::string name(dotted_key);
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0
            ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
            : '_';
  }
  return name;
}

void set_layer(ConfigNode& node, Layer layer) {
  node.layer = layer;
  for (ConfigNode& child : node.children) set_layer(child, layer);
}

// A value given outside a file; see Config::set.
ConfigNode parse_value(std::string_view text, const std::string& origin, Layer layer) {
  constexpr std::string_view kYamlStarts = "[{\"'";
  const bool is_yaml = !text.empty() && kYamlStarts.find(text.front()) != std::string_view::npos;
  ConfigNode node{.kind = Kind::scalar, .text = std::string(text), .origin = origin};
  if (is_yaml) node = parse_yaml(text, origin, LineNumbers::no);
  set_layer(node, layer);
  return node;
}

// `leaf` below maps that spell the key out.
ConfigNode wrap(std::string_view dotted_key, ConfigNode leaf) {
  if (dotted_key.empty()) return leaf;
  const std::size_t dot = dotted_key.find('.');
  ConfigNode map{.kind = Kind::map, .layer = leaf.layer, .origin = leaf.origin};
  ConfigNode child = dot == std::string_view::npos
                         ? std::move(leaf)
                         : wrap(dotted_key.substr(dot + 1), std::move(leaf));
  child.key = dotted_key.substr(0, dot);
  map.children.push_back(std::move(child));
  return map;
}

void check_key(std::string_view key, const std::string& origin) {
  const bool wrong = key.empty() || key.front() == '.' || key.back() == '.' ||
                     key.find("..") != std::string_view::npos;
  if (!wrong) return;
  throw UsageError(fmt::format("{}: expected a key such as group.name, found \"{}\"", origin, key));
}

// A document that is null or a map, as a map.
ConfigNode as_top_level(ConfigNode root, const std::string& origin) {
  if (root.kind == Kind::null) root.kind = Kind::map;
  if (root.kind != Kind::map) {
    throw ConfigError(fmt::format("{}: expected keys with values, found {}",
                                  root.origin.empty() ? origin : root.origin, format_found(root)));
  }
  return root;
}

}  // namespace

Config::Config() { root_.kind = Kind::map; }

Config Config::from_yaml_file(const std::string& path) {
  constexpr std::int64_t kMaxBytes = std::int64_t{4} << 20;
  return from_yaml_text(read_file(path, kMaxBytes), path);
}

Config Config::from_yaml_text(std::string_view text, const std::string& origin) {
  Config config;
  config.root_ = as_top_level(parse_yaml(text, origin, LineNumbers::yes), origin);
  return config;
}

void Config::set(std::string_view dotted_key, std::string_view yaml_value,
                 const std::string& origin) {
  check_key(dotted_key, origin);
  try {
    merge_node(root_, wrap(dotted_key, parse_value(yaml_value, origin, Layer::option)));
  } catch (const ConfigError& error) {  // not YAML
    throw UsageError(error.what());
  }
}

void Config::merge_under(std::string_view prefix, const Config& other) {
  merge_node(root_, wrap(prefix, other.root_));
  const std::string name_prefix = prefix.empty() ? "" : environment_name(prefix) + "_";
  for (const auto& [name, node] : other.environment_) environment_[name_prefix + name] = node;
}

void Config::apply_environment() {
  constexpr std::string_view kPrefix = "GPST_";
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string_view name = variable.substr(0, equals);
    const std::string_view value = variable.substr(equals + 1);
    if (value.empty()) continue;
    environment_[std::string(name.substr(kPrefix.size()))] =
        parse_value(value, fmt::format("environment variable {}", name), Layer::environment);
  }
}

const ConfigNode* Config::environment_value(std::string_view dotted_key) const {
  const auto found = environment_.find(environment_name(dotted_key));
  return found == environment_.end() ? nullptr : &found->second;
}

const ConfigNode* Config::winning_value(std::string_view dotted_key) const {
  const ConfigNode* const node = find_node(root_, dotted_key);
  if (node != nullptr && node->layer == Layer::option) return node;
  const ConfigNode* const variable = environment_value(dotted_key);
  return variable != nullptr ? variable : node;
}

bool Config::has(std::string_view dotted_key) const { return winning_value(dotted_key) != nullptr; }

std::string Config::origin(std::string_view dotted_key) const {
  const ConfigNode* const node = winning_value(dotted_key);
  return node == nullptr ? "default" : node->origin;
}

std::string Config::full_key(std::string_view dotted_key) const {
  return join_key(path_, dotted_key);
}

Config Config::subtree(std::string_view prefix) const {
  Config part;
  part.path_ = full_key(prefix);
  if (const ConfigNode* const node = find_node(root_, prefix)) {
    if (node->kind != Kind::map && node->kind != Kind::null) {
      throw ConfigError(fmt::format("{}: {}: expected a group of keys, found {}", node->origin,
                                    part.path_, format_found(*node)));
    }
    part.root_ = *node;
    part.root_.kind = Kind::map;
  }
  const std::string name_prefix = prefix.empty() ? "" : environment_name(prefix) + "_";
  for (const auto& [name, node] : environment_) {
    if (name.starts_with(name_prefix)) part.environment_[name.substr(name_prefix.size())] = node;
  }
  return part;
}

std::string Config::to_yaml() const { return write_yaml(root_); }

}  // namespace gpst
