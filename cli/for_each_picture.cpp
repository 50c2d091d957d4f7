#include "cli/for_each_picture.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "base/system.h"
#include "nn/worker_threads.h"
#include "ops/accelerator.h"

namespace gpst {

void log_peak_memory(const CommandContext& context) {
  context.log.verbose(fmt::format("peak memory {} MiB", peak_memory_bytes() >> 20));
  if (context.device.is_cpu()) return;
  context.log.verbose(fmt::format("peak memory of the device {} MiB",
                                  Accelerator::of(context.device)->memory().peak >> 20));
}

void for_each_picture(const CommandContext& context, const std::string& label, int64_t count,
                      const std::function<void(int64_t i)>& body) {
  {
    Progress progress(context.log, label, count, {.enabled = context.common.progress});
    for_each_on_workers(count, context.common.worker_threads(), [&](int64_t i, int) {
      body(i);
      progress.advance();
    });
  }
  log_peak_memory(context);
}

}  // namespace gpst
