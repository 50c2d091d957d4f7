// Speed on the CPU, on the machine it runs on: the rate of bare products, and how near to it the
// steps of the program come.
//
//   cpu_bench [--rows REGEX] [--model FOLDER] [--threads N] [--quick] [--json]
//
// Every row is the fastest of several runs. "GFLOP" are the products of a run, counted as they
// run; "share" is their rate over the bare rate of as many threads; "products" is the part of the
// time spent in them; "peak" the largest memory of the process while the row ran, models of the row
// included.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include "base/allocator.h"
#include "base/parallel.h"
#include "base/system.h"
#include "bench/cpu_bench/bare_rate.h"
#include "bench/cpu_bench/product_meter.h"
#include "bench/cpu_bench/row.h"
#include "nn/worker_threads.h"

namespace gpst::bench {
namespace {

using json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string rows = "";
  std::string model = "models/tiny64";
  int threads = default_threads();
  bool quick = false;
  bool as_json = false;
  double seconds() const { return quick ? 0.05 : 1.0; }  // a row is repeated for, at least
};

constexpr const char* kUsage =
    "usage: cpu_bench [--rows REGEX] [--model FOLDER] [--threads N] [--quick] [--json]\n";

// None: the call cannot be understood.
std::optional<Settings> parse(std::span<char*> arguments) {
  Settings settings;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (name == "--quick") {
      settings.quick = true;
    } else if (name == "--json") {
      settings.as_json = true;
    } else if (name == "--rows" && has_value) {
      settings.rows = arguments[++i];
    } else if (name == "--model" && has_value) {
      settings.model = arguments[++i];
    } else if (name == "--threads" && has_value) {
      settings.threads = std::atoi(arguments[++i]);
      if (settings.threads < 1) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return settings;
}

// From here on the system counts the peak anew, where it lets us; else it is that of all rows.
void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

struct Measured {
  double seconds = 0;  // fastest run of all workers
  Products products;   // of one worker
  double peak_mib = 0;
};

Measured measure(const Row& row, double at_least) {
  forget_peak_memory();
  const std::function<void()> run = row.prepare();
  const auto run_all = [&] {
    for_each_on_workers(row.workers, row.workers, [&](int64_t, int) { run(); });
  };
  run_all();  // memory and kernels are ready
  Measured result{.seconds = 1e30, .products = count_products(run)};
  const Clock::time_point start = Clock::now();
  do {
    const Clock::time_point begin = Clock::now();
    run_all();
    result.seconds =
        std::min(result.seconds, std::chrono::duration<double>(Clock::now() - begin).count());
  } while (std::chrono::duration<double>(Clock::now() - start).count() < at_least);
  result.peak_mib = static_cast<double>(peak_memory_bytes()) / (1 << 20);
  return result;
}

json machine() {
  const CpuFeatures cpu = cpu_features();
  return {{"processor", cpu_name()},  {"cores", default_threads()},     {"avx2", cpu.avx2},
          {"avx512f", cpu.avx512f},   {"avx512_bf16", cpu.avx512_bf16}, {"amx_bf16", cpu.amx_bf16},
          {"libtorch", TORCH_VERSION}};
}

// By number of threads, float32; bfloat16 where the processor computes in it.
json bare_rates(const Settings& settings, std::map<int, double>& best) {
  json rates = json::array();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    if (type == at::kBFloat16 && !cpu_has_bf16()) continue;
    for (int workers = 1; workers <= settings.threads; workers *= 2) {
      const BareRate rate = bare_rate(type, workers, settings.seconds() / 4);
      if (type == at::kFloat) best[workers] = rate.best();
      rates.push_back({{"type", type == at::kFloat ? "fp32" : "bf16"},
                       {"threads", workers},
                       {"linear_gflops", rate.linear},
                       {"convolution_gflops", rate.convolution}});
    }
  }
  return rates;
}

json result_of(const Row& row, const Measured& measured, double bare) {
  const double flop = measured.products.flop * row.workers;
  json result = {{"name", row.name},
                 {"threads", row.workers},
                 {"milliseconds", 1e3 * measured.seconds},
                 {"gflop", flop / 1e9},
                 {"share_of_bare_rate", flop / measured.seconds / 1e9 / bare},
                 {"products", measured.products.seconds / measured.products.whole},
                 {"peak_mib", measured.peak_mib}};
  if (!row.unit.empty()) result[row.unit + "_per_second"] = row.workers / measured.seconds;
  return result;
}

void print(const json& report) {
  fmt::print("{}\n\n", report["machine"].dump());
  for (const json& rate : report["bare_rates"]) {
    fmt::print("bare rate {} {} threads: linear {:.0f}, convolution {:.0f} GFLOP/s\n",
               rate["type"].get<std::string>(), rate["threads"].get<int>(),
               rate["linear_gflops"].get<double>(), rate["convolution_gflops"].get<double>());
  }
  fmt::print("\n{:<52}{:>8}{:>12}{:>10}{:>8}{:>10}{:>10}\n", "row", "threads", "ms", "GFLOP",
             "share", "products", "peak MiB");
  for (const json& row : report["rows"]) {
    const double gflop = row["gflop"];
    fmt::print("{:<52}{:>8}{:>12.3f}", row["name"].get<std::string>(), row["threads"].get<int>(),
               row["milliseconds"].get<double>());
    if (gflop > 0) {
      fmt::print("{:>10.2f}{:>7.0f}%{:>9.0f}%", gflop,
                 100 * row["share_of_bare_rate"].get<double>(),
                 100 * row["products"].get<double>());
    } else {
      fmt::print("{:>10}{:>8}{:>10}", "-", "-", "-");
    }
    fmt::print("{:>10.0f}", row["peak_mib"].get<double>());
    if (row.contains("pictures_per_second")) {
      fmt::print("  {:.2f} pictures/s", row["pictures_per_second"].get<double>());
    }
    fmt::print("\n");
  }
}

int run(const Settings& settings) {
  keep_freed_memory();  // as the program does
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  std::map<int, double> bare;
  json report = {
      {"machine", machine()}, {"bare_rates", bare_rates(settings, bare)}, {"rows", json::array()}};
  const int workers = bare.rbegin()->first;
  std::vector<Row> rows = tokenizer_rows();
  for (std::vector<Row> more : {generator_rows(), model_rows(settings.model, workers)}) {
    for (Row& row : more) rows.push_back(std::move(row));
  }
  const std::regex wanted(settings.rows);
  for (const Row& row : rows) {
    if (!std::regex_search(row.name, wanted)) continue;
    report["rows"].push_back(
        result_of(row, measure(row, settings.seconds()), bare.at(row.workers)));
  }
  if (settings.as_json) {
    fmt::print("{}\n", report.dump(2));
  } else {
    print(report);
  }
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
