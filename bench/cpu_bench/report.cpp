#include "bench/cpu_bench/report.h"

#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/parallel.h"
#include "base/system.h"

namespace gpst::bench {

using json = nlohmann::ordered_json;

json json_of_machine() {
  const CpuFeatures cpu = cpu_features();
  return {{"processor", cpu_name()},  {"cores", default_threads()},     {"avx2", cpu.avx2},
          {"avx512f", cpu.avx512f},   {"avx512_bf16", cpu.avx512_bf16}, {"amx_bf16", cpu.amx_bf16},
          {"libtorch", TORCH_VERSION}};
}

json json_of(const BareRates& rates) {
  json result = json::array();
  for (const auto& [key, rate] : rates) {
    result.push_back({{"type", name_of(key.first)},
                      {"threads", key.second},
                      {"linear_gflops", rate.linear},
                      {"convolution_gflops", rate.convolution}});
  }
  return result;
}

json json_of(const Row& row, const Measured& measured, double bare) {
  const int threads = row.copies * row.threads;
  const Products& products = measured.products;
  json result = {{"name", row.name},
                 {"type", name_of(row.type)},
                 {"threads", threads},
                 {"milliseconds", 1e3 * measured.seconds},
                 {"cpu_milliseconds", 1e3 * measured.cpu_seconds},
                 {"gflop", products.flop / 1e9},
                 {"share_of_bare_rate", products.flop / measured.seconds / 1e9 / bare},
                 {"products", products.seconds / products.whole / threads},
                 {"peak_mib", measured.peak_mib}};
  if (!row.unit.empty()) {
    result["unit"] = row.unit;
    result["per_second"] = static_cast<double>(row.copies * row.units) / measured.seconds;
  }
  return result;
}

void print_head(const json& machine, const json& bare_rates) {
  fmt::print("{}\n\n", machine.dump());
  for (const json& rate : bare_rates) {
    fmt::print("bare rate {} {} threads: linear {:.0f}, convolution {:.0f} GFLOP/s\n",
               rate["type"].get<std::string>(), rate["threads"].get<int>(),
               rate["linear_gflops"].get<double>(), rate["convolution_gflops"].get<double>());
  }
  fmt::print("\n{:<56}{:>8}{:>12}{:>12}{:>10}{:>8}{:>10}{:>10}\n", "row", "threads", "ms", "CPU ms",
             "GFLOP", "share", "products", "peak MiB");
}

void print_row(const json& row) {
  const double gflop = row["gflop"];
  fmt::print("{:<56}{:>8}{:>12.3f}{:>12.3f}", row["name"].get<std::string>(),
             row["threads"].get<int>(), row["milliseconds"].get<double>(),
             row["cpu_milliseconds"].get<double>());
  if (gflop > 0) {
    fmt::print("{:>10.2f}{:>7.0f}%{:>9.0f}%", gflop, 100 * row["share_of_bare_rate"].get<double>(),
               100 * row["products"].get<double>());
  } else {
    fmt::print("{:>10}{:>8}{:>10}", "-", "-", "-");
  }
  fmt::print("{:>10.0f}", row["peak_mib"].get<double>());
  if (row.contains("unit")) {
    fmt::print("  {:.2f} {}/s", row["per_second"].get<double>(), row["unit"].get<std::string>());
  }
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace gpst::bench
