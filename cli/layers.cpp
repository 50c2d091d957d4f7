#include "cli/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/option_table.h"

namespace gpst {
namespace {

// Variables named after the option instead of the key.
void apply_short_environment(const Command& command, Config& config) {
  for (const Option& option : options_of(command)) {
    const std::string name = environment_name(option.name);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0' || name == environment_name(option.doc.key)) continue;
    config.set(option.doc.key, value, "environment " + name);
  }
}

bool has_group(const Command& command, const std::string& section) {
  return std::any_of(command.groups.begin(), command.groups.end(), [&](const OptionGroup& group) {
    return group.prefix == section || group.prefix.starts_with(section + ".");
  });
}

std::vector<std::string> known_keys_of(const Command& command, const std::vector<Command>& table) {
  std::vector<std::string> keys;
  for (const Command& each : table) {
    for (const Option& option : options_of(each)) keys.push_back(option.doc.key);
  }
  // Keys of the published training files that nothing here needs.
  for (const char* key : {"data.target", "data.num_workers", "data.params.*", "loss.perceptual.*",
                          "loss.discriminator.*"}) {
    keys.push_back(key);
  }
  for (const std::string& section : model_sections()) {
    if (has_group(command, section)) continue;  // its keys are among the options
    keys.push_back(section);
    keys.push_back(section + ".*");
  }
  return keys;
}

std::string value_text(const ConfigNode& node) {
  if (node.kind == ConfigNode::Kind::null) return "null";
  if (node.kind == ConfigNode::Kind::scalar) return node.text;
  std::vector<std::string> items;
  for (const ConfigNode& child : node.children) items.push_back(value_text(child));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

const std::vector<std::string>& model_sections() {
  static const std::vector<std::string> kSections = {"tokenizer",
                                                     "layout",
                                                     "texture",
                                                     "sampling",
                                                     "train",
                                                     "model",
                                                     "gpstoken",
                                                     "loss",
                                                     "data",
                                                     "transport",
                                                     "pretrained_gpstoken_means",
                                                     "pretrained_gpstoken_stds"};
  return kSections;
}

Config layered_config(const Command& command, const std::vector<Command>& table,
                      const ParsedLine& line) {
  Config config;
  if (!line.config_file.empty()) config = Config::from_yaml_file(line.config_file.string());
  config.apply_environment();
  apply_short_environment(command, config);
  for (const Setting& setting : line.settings) {
    config.set(setting.key, setting.yaml_value, setting.origin);
  }
  config.reject_unknown(known_keys_of(command, table));
  return config;
}

std::string print_config(const Command& command, const Config& config) {
  std::string text;
  for (const Option& option : options_of(command)) {
    const ConfigNode* value = config.winning_value(option.doc.key);
    text += fmt::format("{}: {}  # {}\n", option.doc.key,
                        value == nullptr ? option.doc.default_value : value_text(*value),
                        config.origin(option.doc.key));
  }
  return text;
}

}  // namespace gpst
