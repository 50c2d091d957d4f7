#include "cli/for_each_picture.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "base/system.h"
#include "nn/worker_threads.h"

namespace gpst {

void for_each_picture(const CommandContext& context, const std::string& label, int64_t count,
                      const std::function<void(int64_t i)>& body) {
  {
    Progress progress(context.log, label, count, {.enabled = context.common.progress});
    for_each_on_workers(count, context.common.worker_threads(), [&](int64_t i, int) {
      body(i);
      progress.advance();
    });
  }
  context.log.verbose(fmt::format("peak memory {} MiB", peak_memory_bytes() >> 20));
}

}  // namespace gpst
