#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/progress.h"
#include "cli/command.h"
#include "nn/batch_pipeline.h"
#include "sampler/tokenizer_batches.h"

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

// A job of pictures through a tokenizer, in batches where `size` says so: job.load(i), start and
// finish as the stations of for_each_batch, on pictures job.run(i), which is all of them at once.
template <class Job>
void run_tokenizer_job(const CommandContext& context, const std::string& label, const Job& job,
                       const Tokenizer& tokenizer, const PipelineSize& size) {
  if (size.batch == 1) {
    for_each_picture(context, label, size.count, [&](int64_t i) { job.run(i); });
    return;
  }
  using Loaded = typename Job::Loaded;
  TokenizerBatches batches(tokenizer);
  for_each_batch<Loaded, BatchedPicture>(
      context, label,
      {.load = [&](int64_t i) { return job.load(i); },
       .start = [&](std::span<const Loaded> loaded) { return job.start(batches, loaded); },
       .finish = [&](int64_t i, const Loaded& loaded,
                     const BatchedPicture& made) { job.finish(i, loaded, made); }},
      size);
}

}  // namespace gpst
