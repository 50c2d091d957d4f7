// What cpu_bench prints, as JSON with everything or as a table.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <utility>

#include "bench/cpu_bench/bare_rate.h"
#include "bench/cpu_bench/measure.h"

namespace gpst::bench {

// By type and number of threads.
using BareRates = std::map<std::pair<at::ScalarType, int>, BareRate>;

nlohmann::ordered_json json_of_machine();
nlohmann::ordered_json json_of(const BareRates& rates);
// `bare` is the GFLOP/s that products alone reach with the type and the threads of the row.
nlohmann::ordered_json json_of(const Row& row, const Measured& measured, double bare);

// The table: what stands above its rows, from both; and one row.
void print_head(const nlohmann::ordered_json& machine, const nlohmann::ordered_json& bare_rates);
void print_row(const nlohmann::ordered_json& row);

}  // namespace gpst::bench
