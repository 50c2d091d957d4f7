#include <ATen/ATen.h>
#include <fmt/format.h>

#include <memory>

#include "bench/cpu_bench/row.h"
#include "bench/sit_step.h"

namespace gpst::bench {
namespace {

// One step of a sampler: `rows` is 1 where guidance does not act, 2 where it does.
Row step_row(const std::string& name, const SitOptions& options, int64_t rows,
             at::ScalarType type) {
  return {.name = fmt::format("{}, {} tokens, {} row{}, {}", name, options.latent_size, rows,
                              rows > 1 ? "s" : "", name_of(type)),
          .prepare =
              [options, rows, type] {
                const auto step = std::make_shared<SitStep>(options, rows, type);
                return [step] { (*step)(); };
              },
          .type = type};
}

}  // namespace

std::vector<Row> generator_rows(at::ScalarType type) {
  std::vector<Row> rows;
  for (const int64_t count : {1, 2}) {
    rows.push_back(step_row("SiT-XL", named_sit("XL"), count, type));
  }
  for (const int64_t count : {1, 2}) {
    rows.push_back(step_row("tiny64 texture", tiny64_sit(), count, type));
  }
  return rows;
}

}  // namespace gpst::bench
