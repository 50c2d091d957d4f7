#include "cli/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <utility>

#include "base/nearest.h"
#include "cli/option_table.h"

namespace gpst {
namespace {

namespace po = boost::program_options;

constexpr const char* kOperands = "operands";  // no option has these names
const std::string kNegation = "--no-";

[[noreturn]] void throw_unknown(const Command& command, const std::vector<Option>& options,
                                const std::string& word) {
  const auto names = all_option_names(options);
  std::string near = nearest(word, names);
  if (!near.empty()) near = fmt::format("; did you mean --{}?", near);
  throw UsageError(fmt::format("'{}' has no option '{}'{}\nSee 'gpstoken {} --help'.", command.name,
                               word, near, command.name));
}

bool is_parser_option(const std::string& name) {
  for (const ParserOption& option : parser_options()) {
    if (option.name == name) return true;
  }
  return false;
}

// A switch has no value for Boost: "--grid=false" is "--no-grid".
std::string switch_word(const Option& option, const std::string& value) {
  if (value.empty() || value == "=true") return "--" + option.name;
  if (value == "=false") return kNegation + option.name;
  throw UsageError(fmt::format("--{}{}: expected --{} or --no-{}", option.name, value, option.name,
                               option.name));
}

// "--model_path=x" as "--model=x": the names Boost is told.
std::string with_own_name(const Command& command, const std::vector<Option>& options,
                          const std::string& word) {
  const size_t equals = std::min(word.find('='), word.size());
  const std::string name = dashed(word.substr(2, equals - 2));
  const std::string value = word.substr(equals);
  if (is_parser_option(name)) return "--" + name + value;
  const Option* option = name.size() > 1 ? find_option(options, name) : nullptr;
  if (option != nullptr && option->is_switch()) return switch_word(*option, value);
  if (option != nullptr) return "--" + option->name + value;
  const Option* negated = name.starts_with("no-") ? find_option(options, name.substr(3)) : nullptr;
  if (negated != nullptr && negated->is_switch()) return switch_word(*negated, "=false");
  throw_unknown(command, options, name);
}

// "--json report.json" (or with '=') as "--json --json-file report.json", for commands that have
// that option: published evaluators take the file so.
std::vector<std::string> with_json_file(const std::vector<Option>& options,
                                        const std::vector<std::string>& words) {
  const std::string with_value = "--json=";
  if (find_option(options, "json-file") == nullptr) return words;
  std::vector<std::string> result;
  for (const std::string& word : words) {
    const bool is_joined = word.starts_with(with_value) && word.ends_with(".json");
    const bool is_value = word.ends_with(".json") && !result.empty() && result.back() == "--json";
    if (is_joined) result.push_back("--json");
    if (is_joined || is_value) result.push_back("--json-file");
    result.push_back(is_joined ? word.substr(with_value.size()) : word);
  }
  return result;
}

std::vector<std::string> with_own_names(const Command& command, const std::vector<Option>& options,
                                        const std::vector<std::string>& words) {
  std::vector<std::string> result;
  bool only_operands = false;
  for (const std::string& word : with_json_file(options, words)) {
    only_operands = only_operands || word == "--";
    const bool is_long = !only_operands && word.size() > 2 && word.starts_with("--");
    result.push_back(is_long ? with_own_name(command, options, word) : word);
  }
  return result;
}

void describe_option(const std::string& name, char letter, bool is_switch,
                     po::options_description& description) {
  const std::string names = letter == 0 ? name : name + "," + letter;
  if (is_switch) {
    description.add_options()(names.c_str(), "");
    description.add_options()((kNegation + name).substr(2).c_str(), "");
  } else {
    description.add_options()(names.c_str(), po::value<std::vector<std::string>>());
  }
}

po::options_description description_of(const std::vector<Option>& options) {
  po::options_description description;
  for (const ParserOption& option : parser_options()) {
    describe_option(option.name, option.letter, option.argument.empty(), description);
  }
  for (const Option& option : options) {
    describe_option(option.name, option.letter, option.is_switch(), description);
  }
  describe_option(kOperands, 0, false, description);
  return description;
}

po::parsed_options boost_parse(const Command& command, const std::vector<Option>& options,
                               const std::vector<std::string>& words) {
  namespace style = po::command_line_style;
  const po::options_description description = description_of(options);
  po::positional_options_description positional;
  positional.add(kOperands, -1);
  try {
    return po::command_line_parser(with_own_names(command, options, words))
        .options(description)
        .positional(positional)
        .style(style::unix_style & ~style::allow_guessing)
        .run();
  } catch (const po::unknown_option& error) {
    const std::string name = error.get_option_name();
    throw_unknown(command, options, name.substr(name.find_first_not_of('-')));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}\nSee 'gpstoken {} --help'.", error.what(), command.name));
  }
}

std::string quoted_yaml(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// The values of all occurrences of an option as one YAML value.
std::string yaml_value(const Option& option, const std::vector<std::string>& values) {
  if (option.is_number()) return fmt::format("{}", fmt::join(values, ","));
  if (!option.is_list()) return quoted_yaml(values.front());
  std::vector<std::string> items;
  for (const std::string& value : values) items.push_back(quoted_yaml(value));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void add_set(const std::string& text, ParsedLine& line) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--set {}: expected KEY=VALUE, for example --set seed=1", text));
  }
  line.settings.push_back({text.substr(0, equals), text.substr(equals + 1), "--set " + text});
}

// Returns whether `name` was one of the parser's own options.
bool take_parser_option(const std::string& name, const std::string& value, ParsedLine& line) {
  if (name == "help") line.help = true;
  if (name == "print-config") line.print_config = true;
  if (name == "set") add_set(value, line);
  if (name == "config") {
    if (!line.config_file.empty()) throw UsageError("--config is given twice; give one file");
    line.config_file = value;
  }
  return is_parser_option(name);
}

// The values given so far, option by option.
class GivenOptions {
 public:
  void add(const Option& option, const std::string& value) {
    auto found = std::find_if(given_.begin(), given_.end(),
                              [&](const auto& each) { return each.first == &option; });
    if (found == given_.end()) found = given_.insert(given_.end(), {&option, {}});
    if (!found->second.empty() && !option.is_list()) {
      throw UsageError(fmt::format("--{} is given twice; give it once", option.name));
    }
    found->second.push_back(value);
  }

  void append_to(std::vector<Setting>& settings) const {
    for (const auto& [option, values] : given_) {
      settings.push_back({option->doc.key, yaml_value(*option, values), "--" + option->name});
    }
  }

 private:
  std::vector<std::pair<const Option*, std::vector<std::string>>> given_;
};

std::string value_of(const po::option& given) {
  const std::string& value = given.value.front();
  if (value.starts_with("--") && given.original_tokens.size() > 1) {
    throw UsageError(
        fmt::format("--{} needs a value, found the option {}", given.string_key, value));
  }
  return value;
}

// A switch, on or off; nothing else comes without a value.
void take_switch(const std::vector<Option>& options, const std::string& key, ParsedLine& line,
                 GivenOptions& given) {
  if (take_parser_option(key, "", line)) return;
  if (const Option* option = find_option(options, key)) return given.add(*option, "true");
  given.add(*find_option(options, key.substr(kNegation.size() - 2)), "false");
}

}  // namespace

ParsedLine parse_command_line(const Command& command, const std::vector<std::string>& words) {
  const std::vector<Option> options = options_of(command);
  const Option* operand_taker = find_option(options, command.operands_option);
  ParsedLine line;
  GivenOptions given;
  for (const po::option& each : boost_parse(command, options, words).options) {
    const bool is_operand = each.string_key == kOperands;
    if (each.value.empty()) {
      take_switch(options, each.string_key, line, given);
    } else if (is_operand && operand_taker == nullptr) {
      line.words.push_back(each.value.front());
    } else if (is_operand) {
      given.add(*operand_taker, each.value.front());
    } else if (const std::string value = value_of(each);
               !take_parser_option(each.string_key, value, line)) {
      given.add(*find_option(options, each.string_key), value);
    }
  }
  if (!line.words.empty() && command.operands.empty()) {
    throw UsageError(fmt::format("'{}' takes no words without an option name, found '{}'",
                                 command.name, line.words.front()));
  }
  given.append_to(line.settings);
  return line;
}

}  // namespace gpst
