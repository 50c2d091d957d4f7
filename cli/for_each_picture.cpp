#include "cli/for_each_picture.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "base/system.h"

namespace gpst {

void for_each_picture(const CommandContext& context, const std::string& label, int64_t count,
                      const std::function<void(int64_t i)>& body) {
  {
    Progress progress(context.log, label, count, {.enabled = context.common.progress});
    parallel_for(count, context.common.worker_threads(), [&](int64_t i, int) {
      at::init_num_threads();  // a fresh thread would use every core
      body(i);
      progress.advance();
    });
  }
  context.log.verbose(fmt::format("peak memory {} MiB", peak_memory_bytes() >> 20));
}

}  // namespace gpst
