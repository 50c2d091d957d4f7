#include <ATen/ATen.h>
#include <fmt/format.h>

#include "bench/cpu_bench/row.h"
#include "bench/sit_sizes.h"

namespace gpst::bench {
namespace {

// One step of a sampler: `rows` is 1 where guidance does not act, 2 where it does.
Row step_row(const std::string& name, const SitOptions& options, int64_t rows) {
  return {
      fmt::format("{}, {} tokens, {} row{}", name, options.latent_size, rows, rows > 1 ? "s" : ""),
      [options, rows] {
        Sit net(options, kConditionChannels);
        net.initialise(0);
        const int64_t tokens = options.latent_size;
        const at::Tensor x = at::randn({rows, options.in_channels, tokens, 1});
        const PreparedSit prepared = net.prepare(at::zeros({rows}, at::kLong),
                                                 at::randn({rows, tokens, kConditionChannels}));
        return [net, x, prepared] { net.step(x, 0.5F, prepared); };
      }};
}

}  // namespace

std::vector<Row> generator_rows() {
  std::vector<Row> rows;
  for (const int64_t count : {1, 2}) rows.push_back(step_row("SiT-XL", named_sit("XL"), count));
  for (const int64_t count : {1, 2})
    rows.push_back(step_row("tiny64 texture", tiny64_sit(), count));
  return rows;
}

}  // namespace gpst::bench
