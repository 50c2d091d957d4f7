#include <ATen/Context.h>
#include <ATen/Version.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/parallel.h"
#include "base/system.h"
#include "cli/commands/commands.h"
#include "cli/describe_file.h"
#include "cli/device.h"
#include "cli/speed_table.h"
#include "cli/tokenizer_setup.h"
#include "ops/device.h"
#include "sampler/model_search.h"

namespace gpst {
namespace {

using json = nlohmann::ordered_json;

struct DoctorOptions {
  bool bench = false;

  void visit(FieldVisitor& visitor) {
    visitor.field(
        {.name = "bench", .help = "time the main steps of a model, and print peak memory"}, bench);
  }
};

json instruction_sets() {
  const CpuFeatures cpu = cpu_features();
  return {{"avx2", cpu.avx2},
          {"fma", cpu.fma},
          {"avx512f", cpu.avx512f},
          {"avx512_bf16", cpu.avx512_bf16},
          {"amx_bf16", cpu.amx_bf16}};
}

json libtorch_facts() {
  return {{"version", TORCH_VERSION},
          {"mkl", at::hasMKL()},
          {"onednn", at::hasMKLDNN()},
          {"cpu_capability", at::get_cpu_capability()}};
}

json device_names() {
  json names = {"cpu"};
  for (const std::string& name : cuda_device_names()) names.push_back(name);
  return names;
}

json cuda_facts() {
  const CudaDriver& driver = cuda_driver();
  json facts = {
      {"build", cuda_build_text(cuda_build())},
      {"driver", driver.present ? "for CUDA " + cuda_version_text(driver.version) : "none"}};
  if (!driver.problem.empty()) facts["problem"] = driver.problem;
  return facts;
}

// Every folder a model name is looked for in, and the models there.
json model_places() {
  json places = json::object();
  for (const std::filesystem::path& folder : model_search_path()) {
    json names = json::array();
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (path_exists((entry.path() / "config.yaml").string())) {
        names.push_back(entry.path().filename().string());
      }
    }
    places[folder.string()] = std::move(names);
  }
  return places;
}

CommandResult run(const CommandContext& context) {
  constexpr int64_t kMiB = 1 << 20;
  json report = {{"gpstoken", code_version()},
                 {"processor", cpu_name()},
                 {"cores", default_threads()},
                 {"instruction_sets", instruction_sets()},
                 {"devices", device_names()},
                 {"device", context.device.str()},
                 {"cuda", cuda_facts()},
                 {"libtorch", libtorch_facts()},
                 {"available_memory_mib", available_memory_bytes() / kMiB},
                 {"models", model_places()}};
  if (context.options<DoctorOptions>("doctor").bench) report["bench"] = speed_table(context);
  report["peak_memory_mib"] = peak_memory_bytes() / kMiB;
  return {.text = as_text(report), .json = report.dump(2)};
}

}  // namespace

Command doctor_command() {
  return {.name = "doctor",
          .summary = "versions, devices, memory, and where models are looked for",
          .description =
              "Says what this program found on this machine: processor and its instruction sets, "
              "LibTorch, memory, models. --bench times the main steps of a model.",
          .examples = {"gpstoken doctor", "gpstoken doctor --bench --model models/tiny64"},
          .groups = {OptionGroup::of<TokenizerFiles>("Model", kModelFilesPrefix),
                     OptionGroup::of<DoctorOptions>("Options", "doctor")},
          .aliases = {{"m", "model"}},
          .run = run};
}

}  // namespace gpst
