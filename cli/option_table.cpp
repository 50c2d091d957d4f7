#include "cli/option_table.h"

#include <algorithm>
#include <cctype>

namespace gpst {
namespace {

Option make_option(const OptionGroup& group, const FieldDoc& doc) {
  Option option;
  const size_t skipped = group.prefix.empty() ? 0 : group.prefix.size() + 1;
  option.name = dashed(std::string_view(doc.key).substr(skipped));
  option.group = group.title;
  option.doc = doc;
  return option;
}

void add_alias(std::vector<Option>& options, const OptionAlias& alias) {
  const std::string wanted = dashed(alias.option);
  for (Option& option : options) {
    if (option.name != wanted) continue;
    if (alias.alias.size() == 1) {
      option.letter = alias.alias.front();
    } else {
      option.aliases.push_back(dashed(alias.alias));
    }
  }
}

bool answers_to(const Option& option, const std::string& name) {
  return option.name == name || (name.size() == 1 && option.letter == name.front()) ||
         std::find(option.aliases.begin(), option.aliases.end(), name) != option.aliases.end();
}

}  // namespace

bool Option::is_switch() const { return doc.type == "true or false"; }
bool Option::is_list() const { return doc.type.starts_with("list"); }
bool Option::is_number() const { return doc.type.find("text") == std::string::npos; }

std::vector<Option> options_of(const Command& command) {
  std::vector<OptionGroup> groups = {OptionGroup::of<CommonOptions>(std::string(kCommonGroup), "")};
  groups.insert(groups.end(), command.groups.begin(), command.groups.end());
  std::vector<Option> options;
  for (const OptionGroup& group : groups) {
    for (const FieldDoc& doc : group.fields) options.push_back(make_option(group, doc));
  }
  add_alias(options, {"q", "quiet"});
  add_alias(options, {"v", "verbose"});
  for (const OptionAlias& alias : command.aliases) add_alias(options, alias);
  return options;
}

const Option* find_option(const std::vector<Option>& options, std::string_view word) {
  const std::string name = dashed(word);
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& option) { return answers_to(option, name); });
  return found == options.end() ? nullptr : &*found;
}

const std::vector<ParserOption>& parser_options() {
  static const std::vector<ParserOption> kOptions = {
      {"help", 'h', "", "show this help"},
      {"config", 'c', "FILE", "YAML with any of the settings"},
      {"set", 0, "KEY=VALUE", "one setting by its configuration key; may be repeated"},
      {"print-config", 0, "", "show every setting and where it came from, then stop"},
  };
  return kOptions;
}

std::vector<std::string> all_option_names(const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const ParserOption& option : parser_options()) names.push_back(option.name);
  for (const Option& option : options) {
    names.push_back(option.name);
    names.insert(names.end(), option.aliases.begin(), option.aliases.end());
  }
  return names;
}

std::string environment_name(std::string_view key) {
  std::string name = "GPST_";
  for (const char c : key) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    name += word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : '_';
  }
  return name;
}

std::string dashed(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '_', '-');
  std::replace(result.begin(), result.end(), '.', '-');
  return result;
}

}  // namespace gpst
