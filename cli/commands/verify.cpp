#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/compute_place.h"
#include "cli/describe_file.h"
#include "io/safetensors.h"
#include "sampler/model_folder.h"
#include "sampler/self_check.h"
#include "train/token_index.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

struct VerifyOptions {
  bool record = false;

  void visit(FieldVisitor& visitor) {
    visitor.field({.name = "record",
                   .help = "write the self-check of a model folder instead of comparing with it"},
                  record);
  }
};

// What was looked at and what is wrong with it.
struct Findings {
  std::vector<std::string> checked = {};
  std::vector<std::string> problems = {};
};

// The shard whole, by its checksum, and as a file by its header.
void verify_shard(const fs::path& folder, const ShardEntry& shard, Findings& findings) {
  const std::string path = (folder / shard.name).string();
  findings.checked.push_back(shard.name);
  try {
    const std::string found = xxh3_hex(MappedFile(path));
    if (found != shard.xxh3) {
      findings.problems.push_back(
          fmt::format("{}: checksum {}, the index says {}", path, found, shard.xxh3));
      return;
    }
    const int64_t count = SafetensorsFile::open(path).get("tokens").shape.at(0);
    if (count != shard.count) {
      findings.problems.push_back(
          fmt::format("{}: {} pictures, the index says {}", path, count, shard.count));
    }
  } catch (const Error& error) {
    findings.problems.push_back(error.what());
  }
}

Findings verify_shards(const fs::path& folder, const CommandContext& context) {
  const TokenIndex index = read_token_index(folder);
  Findings findings;
  Progress progress(context.log, "verify", static_cast<int64_t>(index.shards.size()),
                    {.enabled = context.common.progress});
  for (const ShardEntry& shard : index.shards) {
    throw_if_interrupted();
    verify_shard(folder, shard, findings);
    progress.advance();
  }
  if (!index.complete) {
    findings.problems.push_back(fmt::format("{}: extraction is not complete; run extract again",
                                            (folder / "index.json").string()));
  }
  return findings;
}

Findings verify_model(const fs::path& folder, const VerifyOptions& options,
                      const CommandContext& context) {
  const ModelFolder model = ModelFolder::open(TokenizerFiles{.model = folder.string()},
                                              context.config, context.config_source());
  const std::string recorded = (folder / kSelfCheckFile).string();
  const ComputePlace place = reference_place(context);
  const SelfCheck now =
      run_self_check(model, context.log, {.device = place.device, .type = place.type});
  Findings findings;
  for (const auto& [name, hash] : now.files) findings.checked.push_back(name);
  findings.checked.push_back("reconstruction");
  if (!now.sample.empty()) findings.checked.push_back("sample");
  if (options.record) {
    write_self_check(recorded, now);
  } else if (path_exists(recorded)) {
    findings.problems = self_check_differences(read_self_check(recorded), now);
  } else {
    context.log.warn(fmt::format(
        "{} has no {}: the model loads and runs, but there is nothing to compare with; 'gpstoken "
        "verify --record' writes one",
        folder.string(), kSelfCheckFile));
  }
  return findings;
}

// Any other file or folder: that it can be read. describe_path throws when it cannot.
Findings verify_other(const std::string& path) {
  describe_path(path);
  return {.checked = {path}};
}

Findings verify(const std::string& path, const VerifyOptions& options,
                const CommandContext& context) {
  const fs::path folder = path;
  if (path_exists((folder / "index.json").string())) return verify_shards(folder, context);
  const bool is_checkpoint = path_exists((folder / "state.json").string());
  if (!is_checkpoint && path_exists((folder / "config.yaml").string())) {
    return verify_model(folder, options, context);
  }
  return verify_other(path);
}

CommandResult run(const CommandContext& context) {
  if (context.words.size() != 1) {
    throw UsageError("'verify' expects one file or folder: gpstoken verify PATH");
  }
  const auto options = context.options<VerifyOptions>("verify");
  const Findings findings = verify(context.words[0], options, context);
  const nlohmann::json report = {{"path", context.words[0]},
                                 {"ok", findings.problems.empty()},
                                 {"checked", findings.checked},
                                 {"problems", findings.problems}};
  std::string text;
  for (const std::string& problem : findings.problems) text += problem + "\n";
  text +=
      fmt::format("{}: {} checked, {}\n", context.words[0], findings.checked.size(),
                  findings.problems.empty() ? "all is well"
                                            : fmt::format("{} problems", findings.problems.size()));
  return {.text = text,
          .json = report.dump(2),
          .exit = findings.problems.empty() ? ExitCode::ok : ExitCode::input};
}

}  // namespace

Command verify_command() {
  return {
      .name = "verify",
      .summary = "check shards, a model folder or any file of this program",
      .description =
          "Re-hashes the token shards of an index.json; loads a model folder and compares what "
          "it gives with its recorded self-check; reads the header of any other file. Exit code "
          "3 when something is wrong.",
      .examples = {"gpstoken verify models/tiny64", "gpstoken verify tokens/"},
      .operands = "PATH",
      .groups = {OptionGroup::of<VerifyOptions>("Options", "verify")},
      .run = run};
}

}  // namespace gpst
