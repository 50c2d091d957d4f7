#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "cli/command_table.h"
#include "cli/layers.h"
#include "cli/option_table.h"
#include "cli/parse.h"
#include "tests/cli/contains.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

TEST(Program, ABareCallShowsTwoExamples) {
  const ProgramRun run = run_gpstoken({});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_TRUE(contains(run.out, "gpstoken reconstruct "));
  EXPECT_TRUE(contains(run.out, "gpstoken sample "));
  EXPECT_EQ(run.err, "");
}

TEST(Program, AnUnknownCommandNamesTheNearest) {
  const ProgramRun run = run_gpstoken({"completionn"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(contains(run.err, "did you mean completion?"));
  EXPECT_TRUE(contains(run.err, "gpstoken reconstruct "));
  EXPECT_EQ(run.out, "");
}

TEST(Program, AnUnknownOptionNamesTheNearest) {
  const ProgramRun run = run_gpstoken({"man", "--sede", "3"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(contains(run.err, "did you mean --seed?"));
}

TEST(Program, OptionsAreNotGuessed) { EXPECT_EQ(run_gpstoken({"man", "--verb"}).exit_code, 2); }

TEST(Program, VersionAndHelp) {
  EXPECT_TRUE(contains(run_gpstoken({"--version"}).out, "gpstoken 0."));
  const ProgramRun help = run_gpstoken({"help", "completion"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_TRUE(contains(help.out, "--seed"));
  EXPECT_EQ(help.out, run_gpstoken({"completion", "--help"}).out);
}

TEST(Program, AnUnknownDeviceIsAMistakeOfTheCall) {
  EXPECT_EQ(run_gpstoken({"man", "--device", "tpu"}).exit_code, 2);
}

TEST(Program, AutoSaysWhatItChose) {
  EXPECT_TRUE(contains(run_gpstoken({"doctor", "--verbose"}).err, "chosen by auto"));
}

TEST(Program, ErrorsAreObjectsWithJson) {
  const ProgramRun run = run_gpstoken({"man", "--json", "--device", "cuda:127"});
  EXPECT_EQ(nlohmann::json::parse(run.out).at("exit_code"), 5);
}

TEST(Program, AnAbsentConfigurationIsAFileSystemError) {
  EXPECT_EQ(run_gpstoken({"man", "--config", "absent.yaml"}).exit_code, 4);
}

TEST(Program, AResultThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(run_gpstoken({"man"}, {.output = "/dev/full"}).exit_code, 4);
}

// The value that wins, as --print-config shows it.
std::string line_of(const ProgramRun& run, const std::string& key) {
  const size_t start = run.out.find(key + ": ");
  return start == std::string::npos ? run.out + run.err
                                    : run.out.substr(start, run.out.find('\n', start) - start);
}

TEST(Layers, OptionsBeatEnvironmentBeatsYamlBeatsDefaults) {
  const TemporaryFolder folder;
  const std::string yaml = folder / "settings.yaml";
  write_text(yaml, "seed: 1\nthreads: 1\ndtype: bf16\n");
  const ProgramRun run =
      run_gpstoken({"man", "--print-config", "--config", yaml, "--seed", "3"},
                   {.environment = {{"GPST_SEED", "2"}, {"GPST_THREADS", "2"}}, .in_fp32 = false});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(line_of(run, "seed"), "seed: 3  # --seed");
  EXPECT_TRUE(contains(line_of(run, "threads"), "threads: 2  # environment"));
  EXPECT_TRUE(contains(line_of(run, "dtype"), "dtype: bf16  # " + yaml + ":3"));
  EXPECT_EQ(line_of(run, "quiet"), "quiet: false  # default");
}

TEST(Layers, AWrongValueNamesItsPlace) {
  const ProgramRun run = run_gpstoken({"man", "--threads", "many"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(contains(run.err, "threads"));
  EXPECT_TRUE(contains(run.err, "many"));
}

TEST(Layers, UnknownKeysNameTheNearest) {
  const TemporaryFolder folder;
  write_text(folder / "settings.yaml", "sede: 1\n");
  const ProgramRun run = run_gpstoken({"man", "--config", folder / "settings.yaml"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_TRUE(contains(run.err, "did you mean seed?"));
  EXPECT_EQ(run_gpstoken({"man", "--set", "sede=1"}).exit_code, 2);
}

// A command for tests of parsing, with every kind of field.
struct SampleFields {
  std::vector<std::string> input;
  std::string output = "out";
  double cfg_scale = 1.5;
  std::vector<int64_t> interval = {0, 1000};
  bool grid = false;
  void visit(FieldVisitor& v) {
    v.field({.name = "input", .help = "inputs"}, input);
    v.field({.name = "output", .help = "folder"}, output);
    v.field({.name = "cfg_scale", .help = "scale"}, cfg_scale);
    v.field({.name = "interval", .help = "interval"}, interval);
    v.field({.name = "grid", .help = "grid"}, grid);
  }
};

Command sample_fields() {
  return {.name = "try",
          .operands = "INPUT...",
          .operands_option = "input",
          .groups = {OptionGroup::of<SampleFields>("Fields", "try")},
          .aliases = {{"o", "output"}, {"data_path", "input"}}};
}

SampleFields parsed(const std::vector<std::string>& words) {
  const Command command = sample_fields();
  const Config config = layered_config(command, {command}, parse_command_line(command, words));
  SampleFields fields;
  config.read("try", fields);
  return fields;
}

TEST(Parse, OperandsJoinTheirListOption) {
  EXPECT_EQ(parsed({"a,b", "--data-path", "c", "--", "--d"}).input,
            (std::vector<std::string>{"a,b", "c", "--d"}));
}

TEST(Parse, DashesAndUnderscoresAreTheSame) {
  EXPECT_EQ(parsed({"--cfg_scale", "-2"}).cfg_scale, -2);
  EXPECT_EQ(parsed({"--cfg-scale=3e-1"}).cfg_scale, 0.3);
}

TEST(Parse, SwitchesTakeNoFollowingWord) {
  const SampleFields fields = parsed({"--grid", "photo.jpg"});
  EXPECT_TRUE(fields.grid);
  EXPECT_EQ(fields.input, std::vector<std::string>{"photo.jpg"});
  EXPECT_FALSE(parsed({"--grid=false"}).grid);
  EXPECT_FALSE(parsed({"--no-grid"}).grid);
}

TEST(Parse, ListsOfNumbersUseCommas) {
  EXPECT_EQ(parsed({"--interval", "200,1000"}).interval, (std::vector<int64_t>{200, 1000}));
}

TEST(Parse, TextIsTakenAsItStands) {
  EXPECT_EQ(parsed({"-o", "[a] \"b\" 'c': \\d"}).output, "[a] \"b\" 'c': \\d");
  EXPECT_EQ(parsed({"-o3"}).output, "3");
}

TEST(Parse, OptionsBeatSet) {
  EXPECT_EQ(parsed({"-o", "x", "--set", "try.output=y"}).output, "x");
  EXPECT_EQ(parsed({"--set", "try.output=y"}).output, "y");
}

TEST(Parse, MistakesAreUsageErrors) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--output"},
      {"-o", "a", "-o", "b"},
      {"--outputt", "x"},
      {"--no-output"},
      {"-z"},
      {"--set", "novalue"},
      {"-o", "--grid"},
      {"--out", "x"},
      {"--config", "a", "--config", "b"},
      {"--no-seed"},
  };
  for (const auto& words : wrong) EXPECT_THROW(parsed(words), UsageError) << words.front();
}

TEST(CommandTable, NamesAreUniqueWithinACommand) {
  for (const Command& command : command_table()) {
    std::set<std::string> seen;
    const std::vector<Option> options = options_of(command);
    for (const std::string& name : all_option_names(options)) {
      EXPECT_TRUE(seen.insert(name).second) << command.name << " has --" << name << " twice";
    }
    std::set<char> letters = {'h', 'c'};
    for (const Option& option : options) {
      if (option.letter == 0) continue;
      EXPECT_TRUE(letters.insert(option.letter).second) << command.name << " -" << option.letter;
    }
  }
}

TEST(CommandTable, EveryAliasMeansAnOption) {
  for (const Command& command : command_table()) {
    const std::vector<Option> options = options_of(command);
    for (const OptionAlias& alias : command.aliases) {
      const Option* option = find_option(options, alias.alias);
      ASSERT_NE(option, nullptr) << command.name << " " << alias.alias;
      EXPECT_EQ(option->name, dashed(alias.option));
    }
    if (!command.operands_option.empty()) {
      ASSERT_NE(find_option(options, command.operands_option), nullptr) << command.name;
    }
  }
}

TEST(CommandTable, EveryCommandIsDescribedEverywhere) {
  const std::string help = run_gpstoken({"help"}).out;
  const std::string man = run_gpstoken({"man"}).out;
  const std::string bash = run_gpstoken({"completion", "bash"}).out;
  const std::string zsh = run_gpstoken({"completion", "zsh"}).out;
  const std::string fish = run_gpstoken({"completion", "fish"}).out;
  for (const Command& command : command_table()) {
    EXPECT_FALSE(command.summary.empty() || command.description.empty()) << command.name;
    if (command.listed == Command::Listed::no) continue;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const std::string* text : {&help, &man, &bash, &zsh, &fish}) {
      std::string name = command.name;
      if (text == &man && name.find('-') != std::string::npos)
        name = name.substr(0, name.find('-'));
      EXPECT_TRUE(contains(*text, name));
    }
  }
  EXPECT_EQ(run_gpstoken({"completion", "tcsh"}).exit_code, 2);
}

TEST(CommandTable, TheConfigurationReferenceIsUpToDate) {
  EXPECT_EQ(read_text(GPST_SOURCE_DIR "/docs/config.md"), run_gpstoken({"docs-config"}).out)
      << "write it anew: gpstoken docs-config > docs/config.md";
}

}  // namespace
}  // namespace gpst
