#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace gpst {

// Title of the options every command has.
inline constexpr std::string_view kCommonGroup = "Common options";

// One option of a command as the command line sees it; made from the fields of its structs.
struct Option {
  std::string name;                  // "batch-size"
  char letter = 0;                   // 'o' of -o, or 0
  std::vector<std::string> aliases;  // other long names
  std::string group;                 // title under which help shows it
  FieldDoc doc;                      // its key is its place in YAML and --set: "sampling.steps"

  bool is_common() const { return group == kCommonGroup; }
  bool is_switch() const;  // takes no value
  bool is_list() const;    // may be given several times
  bool is_number() const;  // a number or a list of numbers
};

// The common options first, then the command's groups in order.
std::vector<Option> options_of(const Command& command);

// The option that a name or letter without its dashes means; '_' and '-' are the same. nullptr when
// there is none.
const Option* find_option(const std::vector<Option>& options, std::string_view word);

// Options that act before any struct is filled: --help, --config, --set, --print-config.
struct ParserOption {
  std::string name;
  char letter = 0;
  std::string argument;  // "FILE", "" for a switch
  std::string help;
};
const std::vector<ParserOption>& parser_options();

// Every long name of the command, aliases included: what a wrong one is compared with.
std::vector<std::string> all_option_names(const std::vector<Option>& options);

// "GPST_SAMPLING_STEPS" of "sampling.steps".
std::string environment_name(std::string_view key);

// '_' and '.' as '-': the option of a key.
std::string dashed(std::string_view name);

}  // namespace gpst
