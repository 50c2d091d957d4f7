#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/progress.h"
#include "cli/command.h"
#include "nn/batch_pipeline.h"

namespace gpst {

// Verbosely.
void log_peak_memory(const CommandContext& context);

// Calls body(i) for 0 <= i < count on --threads worker threads, a picture at a time with one
// LibTorch thread each, so that the bytes of a result depend on nothing but the picture. Shows
// progress. Errors and interrupts as parallel_for.
void for_each_picture(const CommandContext& context, const std::string& label, int64_t count,
                      const std::function<void(int64_t i)>& body);

// The same in batches for a device: load and finish on --threads worker threads, start on the
// calling one. Errors and interrupts as run_pipeline.
template <class Loaded, class Made>
void for_each_batch(const CommandContext& context, const std::string& label,
                    const BatchPipeline<Loaded, Made>& stations, const PipelineSize& size) {
  {
    Progress progress(context.log, label, size.count, {.enabled = context.common.progress});
    BatchPipeline<Loaded, Made> counted = stations;
    counted.finish = [&](int64_t i, const Loaded& loaded, const Made& made) {
      stations.finish(i, loaded, made);
      progress.advance();
    };
    run_pipeline(counted, size);
  }
  log_peak_memory(context);
}

}  // namespace gpst
