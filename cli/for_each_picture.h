#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "cli/command.h"
#include "nn/batch_pipeline.h"
#include "sampler/tokenizer_batches.h"
#include "sampler/write_behind.h"

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

// A job of pictures through a tokenizer, each once job.load(i), made, job.finish(i, loaded, made).
// In batches where `size` says so: job.start(batches, loaded), with the stations of for_each_batch.
// On the CPU loaded and made, job.make(loaded), on one worker, and finished behind its back while
// it makes the next one; an InputError of make() becomes BatchedPicture::problem.
template <class Job>
void run_tokenizer_job(const CommandContext& context, const std::string& label, const Job& job,
                       const Tokenizer& tokenizer, const PipelineSize& size) {
  using Loaded = typename Job::Loaded;
  if (size.batch == 1) {
    WriteBehind writing(context.common.worker_threads());
    for_each_picture(context, label, size.count, [&](int64_t i) {
      Loaded loaded = job.load(i);
      BatchedPicture made;
      try {
        made = job.make(loaded);
      } catch (const InputError& error) {
        made.problem = error.what();
      }
      writing.add([&job, i, loaded = std::move(loaded), made = std::move(made)] {
        job.finish(i, loaded, made);
      });
    });
    writing.finish();
    return;
  }
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
