// Speed on the CPU, on the machine it runs on: the rate of bare products, and how near to it the
// steps of the program come.
//
//   cpu_bench [--rows REGEX] [--model FOLDER] [--configs FOLDER] [--batch N] [--threads N]
//             [--bf16] [--quick] [--json]
//
// Every row is the fastest of several runs; "CPU" is the processor time of the thriftiest, which
// other programs on the machine disturb less. "GFLOP" are the products of a run, counted as they
// run; "share" is their rate over the bare rate of as many threads in the same type; "products" is
// the part of the time spent in them; "peak" the largest memory of the process while the row ran,
// models of the row included. Rows in bfloat16 are shown where the processor computes in it, or
// with --bf16: elsewhere rounded values are multiplied in float32, which is no faster. Training in
// it is shown in the first case alone: LibTorch's own bfloat16 is far slower there. Training of the
// published sizes: --configs configs/imagenet256 --batch 2 --rows train.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include "base/allocator.h"
#include "base/parallel.h"
#include "base/system.h"
#include "bench/cpu_bench/report.h"

namespace gpst::bench {
namespace {

using json = nlohmann::ordered_json;

struct Settings {
  std::string rows = "";
  std::string model = "models/tiny64";
  std::string configs = GPST_SOURCE_DIR "/configs/tiny64";
  int64_t batch = 0;  // of training; 0: as the configurations say
  int threads = default_threads();
  bool bf16 = cpu_has_bf16();
  bool quick = false;
  bool as_json = false;
  double seconds() const { return quick ? 0.05 : 1.0; }  // a row is repeated for, at least
};

constexpr const char* kUsage =
    "usage: cpu_bench [--rows REGEX] [--model FOLDER] [--configs FOLDER] [--batch N] "
    "[--threads N] [--bf16] [--quick] [--json]\n";

// None: the call cannot be understood.
std::optional<Settings> parse(std::span<char*> arguments) {
  Settings settings;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (name == "--bf16") {
      settings.bf16 = true;
    } else if (name == "--quick") {
      settings.quick = true;
    } else if (name == "--json") {
      settings.as_json = true;
    } else if (name == "--rows" && has_value) {
      settings.rows = arguments[++i];
    } else if (name == "--model" && has_value) {
      settings.model = arguments[++i];
    } else if (name == "--configs" && has_value) {
      settings.configs = arguments[++i];
    } else if (name == "--batch" && has_value) {
      settings.batch = std::atoll(arguments[++i]);
      if (settings.batch < 1) return std::nullopt;
    } else if (name == "--threads" && has_value) {
      settings.threads = std::atoi(arguments[++i]);
      if (settings.threads < 1) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return settings;
}

std::vector<at::ScalarType> types_of(const Settings& settings) {
  if (!settings.bf16) return {at::kFloat};
  return {at::kFloat, at::kBFloat16};
}

BareRates bare_rates(const Settings& settings) {
  BareRates rates;
  for (const at::ScalarType type : types_of(settings)) {
    for (int threads = 1; threads <= settings.threads; threads *= 2) {
      rates[{type, threads}] = bare_rate(type, threads, settings.seconds() / 4);
    }
  }
  return rates;
}

std::vector<Row> all_rows(const Settings& settings, int workers) {
  std::vector<Row> rows;
  for (const at::ScalarType type : types_of(settings)) {
    for (std::vector<Row> more :
         {tokenizer_rows(type), generator_rows(type), model_rows(settings.model, workers, type)}) {
      for (Row& row : more) rows.push_back(std::move(row));
    }
    if (type != at::kFloat && !cpu_has_bf16()) continue;
    for (Row& row : training_rows(settings.configs, settings.batch, workers, type))
      rows.push_back(std::move(row));
  }
  return rows;
}

int run(const Settings& settings) {
  keep_freed_memory();  // as the program does
  at::set_num_threads(1);
  const BareRates bare = bare_rates(settings);
  const int workers = bare.rbegin()->first.second;
  json report = {
      {"machine", json_of_machine()}, {"bare_rates", json_of(bare)}, {"rows", json::array()}};
  if (!settings.as_json) print_head(report["machine"], report["bare_rates"]);
  const std::regex wanted(settings.rows);
  for (const Row& row : all_rows(settings, workers)) {
    if (!std::regex_search(row.name, wanted)) continue;
    report["rows"].push_back(json_of(row, measure(row, settings.seconds()),
                                     bare.at({row.type, row.copies * row.threads}).best()));
    if (!settings.as_json) print_row(report["rows"].back());
  }
  if (settings.as_json) fmt::print("{}\n", report.dump(2));
  return 0;
}

}  // namespace
}  // namespace gpst::bench

int main(int count, char** arguments) {
  const auto settings = gpst::bench::parse({arguments, static_cast<size_t>(count)});
  if (!settings) {
    fmt::print(stderr, "{}", gpst::bench::kUsage);
    return 2;
  }
  try {
    return gpst::bench::run(*settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cpu_bench: {}\n", error.what());
    return 1;
  }
}
