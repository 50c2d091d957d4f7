#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/common_options.h"
#include "sampler/model_folder.h"

namespace gpst {

// Another spelling of an option: one letter ("o" for "output") or a published name ("model_path").
struct OptionAlias {
  std::string alias;
  std::string option;
};

// The options one struct declares, under a prefix of the configuration: field `steps` under the
// prefix `sampling` is the option --steps and the key sampling.steps. Nothing else is said here,
// names, types, defaults, ranges and help all come from the struct's visit().
struct OptionGroup {
  std::string title;
  std::string prefix;
  std::vector<FieldDoc> fields;  // with full keys

  template <Visitable T>
  static OptionGroup of(std::string title, std::string prefix) {
    auto fields = describe<T>({}, prefix);
    return {std::move(title), std::move(prefix), std::move(fields)};
  }
};

// Prefix of the options that name a model's files (TokenizerFiles, ModelFiles).
inline constexpr const char* kModelFilesPrefix = "files";

// What a command hands back. `text` (for people) or `json` (one object, for --json) goes to stdout.
struct CommandResult {
  std::string text;
  std::string json = "{}";
  ExitCode exit = ExitCode::ok;
};

struct Command;

// What a command is given: the options common to all, every configuration layer, and a log.
struct CommandContext {
  const Command& command;
  CommonOptions common;
  Config config;                      // defaults < YAML < environment < options, with origins
  std::filesystem::path config_file;  // of --config, empty without
  std::vector<std::string> words;     // operands, where the command takes them raw
  Log& log;
  at::Device device;  // of --device, ready for use

  // Whether the configuration holds a --config file, as ModelFolder asks.
  ModelFolder::ConfigFile config_source() const {
    return config_file.empty() ? ModelFolder::ConfigFile::absent : ModelFolder::ConfigFile::given;
  }

  // The struct behind an option group, filled and checked.
  template <Visitable T>
  T options(std::string_view prefix) const {
    T result;
    config.read(prefix, result);
    return result;
  }
};

// One row of the command table. Help, completion, man page and docs/config.md are made from it.
struct Command {
  std::string name = {};
  std::string summary = {};                // a few words, for the list of commands
  std::string description = {};            // about two lines
  std::vector<std::string> examples = {};  // each a complete call, "gpstoken ..."
  std::string operands = {};               // as shown in the usage line: "INPUT...", "FILE", ""
  std::string operands_option = {};        // the list option that takes the operands ("" = words)
  std::vector<OptionGroup> groups = {};
  std::vector<OptionAlias> aliases = {};
  std::function<CommandResult(const CommandContext&)> run = {};
  enum class Listed { yes, no } listed = Listed::yes;
  // Whether it works with tensors, so that `--device auto` has to look for a GPU.
  enum class Computes { yes, no } computes = Computes::yes;
};

}  // namespace gpst
